package io.manymodels.json;

import io.manymodels.artifact.ArtifactDescriptor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the commands {@code models ...} print with {@code --json}; docs/models.md lists the keys.
 */
public final class ModelsJson {

  private ModelsJson() {}

  /**
   * A tenant.
   *
   * @param live absent when it cannot be told, for the reason in {@code error}
   */
  public record Tenant(String tenant, @Nullable Long live, int versions, @Nullable String error) {}

  /** A tenant with its versions, in ascending order. */
  public record Versions(
      String tenant, @Nullable Long live, List<Version> versions, @Nullable String error) {
    public Versions {
      versions = List.copyOf(versions);
    }
  }

  /** A version; without digest and so on when its metadata cannot be read, for {@code error}. */
  public record Version(
      long version,
      boolean live,
      @Nullable String sha256,
      @Nullable Long size,
      @Nullable String created,
      @Nullable String format,
      @Nullable String description,
      @Nullable String error) {

    public static Version of(ArtifactDescriptor artifact, boolean live, String description) {
      return new Version(
          artifact.ref().version().number(),
          live,
          artifact.digest().hex(),
          artifact.sizeBytes(),
          artifact.created().toString(),
          artifact.format(),
          description,
          null);
    }

    public static Version broken(long version, boolean live, String error) {
      return new Version(version, live, null, null, null, null, null, error);
    }
  }

  /**
   * A model that was, or was not, published.
   *
   * @param state {@code published}, {@code already-there} or {@code failed}
   * @param file from where, when a folder is published
   * @param live whether it is the live version now
   * @param liveVersion the version that is live now
   * @param error why it was not published
   */
  public record Published(
      @Nullable String tenant,
      @Nullable Long version,
      String state,
      @Nullable String file,
      @Nullable Boolean live,
      @Nullable Long liveVersion,
      @Nullable String sha256,
      @Nullable Long size,
      @Nullable String created,
      @Nullable String format,
      @Nullable String error,
      @Nullable Application application) {

    public Published withApplication(Application told) {
      return new Published(
          tenant,
          version,
          state,
          file,
          live,
          liveVersion,
          sha256,
          size,
          created,
          format,
          error,
          told);
    }
  }

  /** The last line of a folder that was published. */
  public record Summary(
      int published, int alreadyThere, int failed, int live, Application application) {}

  /**
   * A change of what is live.
   *
   * @param before the version that was live before, when that is known
   */
  public record Changed(String tenant, long live, @Nullable Long before, Application application) {}

  /** What was deleted: a version, or all of them. */
  public record Deleted(
      String tenant, @Nullable Long version, int versions, @Nullable Application application) {}

  /**
   * What the running application said of it.
   *
   * @param state {@code confirmed}, {@code refused}, {@code unconfirmed}, {@code not-asked}
   * @param models those that are not as they should be, at most a few dozen
   * @param detail why it is not confirmed
   */
  public record Application(
      String state, @Nullable List<VersionsJson.Model> models, @Nullable String detail) {
    public Application {
      models = models == null ? null : List.copyOf(models);
    }
  }
}
