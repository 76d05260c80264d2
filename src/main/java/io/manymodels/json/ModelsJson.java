package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The output of the commands {@code models ...} with {@code --json}; docs/models.md lists the keys.
 */
public final class ModelsJson {

  private ModelsJson() {}

  /**
   * A tenant.
   *
   * @param live absent when it cannot be told, for the reason in {@code error}
   */
  public record Tenant(String tenant, @Nullable Long live, int versions, @Nullable String error) {

    /** A tenant whose live version is known; none when it has no model. */
    public static Tenant of(TenantId tenant, Optional<ModelVersion> live, int versions) {
      return new Tenant(
          tenant.value(), live.map(ModelVersion::number).orElse(null), versions, null);
    }

    /** A tenant whose live version cannot be told. */
    public static Tenant broken(TenantId tenant, int versions, ServingException why) {
      return new Tenant(tenant.value(), null, versions, String.valueOf(why.getMessage()));
    }
  }

  /**
   * Something that lies in the registry and is not taken.
   *
   * @param ignored where it lies, as {@code tenant1/v2}
   */
  public record Ignored(String ignored, String reason) {
    public static Ignored of(IgnoredEntry entry) {
      return new Ignored(entry.name(), entry.reason());
    }
  }

  /**
   * A tenant with its versions, in ascending order.
   *
   * @param ignored what lies beside the versions and is none; absent when there is nothing
   */
  public record Versions(
      String tenant,
      @Nullable Long live,
      List<Version> versions,
      @Nullable List<Ignored> ignored,
      @Nullable String error) {
    public Versions {
      versions = List.copyOf(versions);
      ignored = ignored == null || ignored.isEmpty() ? null : List.copyOf(ignored);
    }
  }

  /** The artifact of one version. */
  public record Artifact(String sha256, long size, String created, String format) {
    static Artifact of(ArtifactDescriptor artifact) {
      return new Artifact(
          artifact.digest().hex(),
          artifact.sizeBytes(),
          artifact.created().toString(),
          artifact.format());
    }
  }

  /**
   * A version.
   *
   * @param artifact absent when its metadata cannot be read, for {@code error}
   * @param use how the model is used, as far as that is known
   * @param note why its inputs and outputs are not known, when they were looked for
   */
  public record Version(
      long version,
      boolean live,
      @JsonUnwrapped @Nullable Artifact artifact,
      @Nullable String description,
      @JsonUnwrapped ModelJson.@Nullable Use use,
      @Nullable String note,
      @Nullable String error) {

    /** The note is empty when there is nothing to say. */
    public static Version of(
        ArtifactDescriptor artifact, boolean live, String description, Optional<String> note) {
      return new Version(
          artifact.ref().version().number(),
          live,
          Artifact.of(artifact),
          description,
          ModelJson.Use.of(artifact),
          note.orElse(null),
          null);
    }

    public static Version broken(ModelVersion version, boolean live, String error) {
      return new Version(version.number(), live, null, null, null, null, error);
    }
  }

  /**
   * The state of the registry after a model was published.
   *
   * @param live whether the model is the live version now
   * @param liveVersion the version that is live now
   */
  public record Stored(
      boolean live, @Nullable Long liveVersion, @JsonUnwrapped Artifact artifact) {}

  /**
   * A model that was, or was not, published.
   *
   * @param state {@code published}, {@code already-there} or {@code failed}
   * @param file from where, when a folder is published
   * @param stored absent when it was not published, for {@code error}
   */
  public record Published(
      String tenant,
      @Nullable Long version,
      String state,
      @Nullable String file,
      @JsonUnwrapped @Nullable Stored stored,
      @Nullable String error,
      @Nullable Application application) {
    public static final String PUBLISHED = "published";
    public static final String ALREADY_THERE = "already-there";
    private static final String FAILED = "failed";

    /** A model that the registry holds, with what is live there now. */
    public static Published of(
        ArtifactDescriptor artifact, String state, Optional<ModelVersion> live) {
      ModelVersion version = artifact.ref().version();
      Stored stored =
          new Stored(
              live.equals(Optional.of(version)),
              live.map(ModelVersion::number).orElse(null),
              Artifact.of(artifact));
      return new Published(
          artifact.ref().tenant().value(), version.number(), state, null, stored, null, null);
    }

    /** A file that was not published. */
    public static Published failed(
        String tenant, Optional<ModelVersion> version, String file, String error) {
      @Nullable Long number = version.map(ModelVersion::number).orElse(null);
      return new Published(tenant, number, FAILED, file, null, error, null);
    }

    public Published withFile(String from) {
      return new Published(tenant, version, state, from, stored, error, application);
    }

    public Published withApplication(Application told) {
      return new Published(tenant, version, state, file, stored, error, told);
    }

    /** The model, when it is the live version now. */
    public Optional<ModelRef> live() {
      return stored == null || version == null || !stored.live()
          ? Optional.empty()
          : Optional.of(new ModelRef(new TenantId(tenant), new ModelVersion(version)));
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

  /** The result of a deletion: of one version, or of all. */
  public record Deleted(
      String tenant, @Nullable Long version, int versions, @Nullable Application application) {}

  /**
   * The answer of the running application.
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
