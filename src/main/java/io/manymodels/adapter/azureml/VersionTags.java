package io.manymodels.adapter.azureml;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;

/**
 * The description of an artifact in a version's tags: {@code sha256}, {@code size} and {@code
 * format}. Azure ML itself knows neither digest nor size. Without the digest the tags describe
 * nothing, and {@link UntaggedVersions} finds out.
 */
final class VersionTags {
  static final String LIVE = "live";
  private static final Pattern SIZE = Pattern.compile("0|[1-9][0-9]{0,17}");

  private VersionTags() {}

  /** Whether the tags describe the artifact: they do when there is the digest. */
  static boolean describes(ModelResource version) {
    return version.tag("sha256").isPresent();
  }

  /** Throws {@code LOAD_FAILED} naming the tag that is missing or wrong. */
  static ArtifactDescriptor describe(ModelRef ref, ModelResource version) {
    String digest = required(ref, version, "sha256");
    String size = required(ref, version, "size");
    String format = required(ref, version, "format");
    if (!SIZE.matcher(size).matches()) {
      throw AzureMlFailures.loadFailed(ref, "tag 'size': expected a number of bytes");
    }
    Instant created = created(ref, version);
    try {
      return new ArtifactDescriptor(
          ref, digest(ref, digest), Long.parseLong(size), format, created);
    } catch (IllegalArgumentException e) {
      throw AzureMlFailures.loadFailed(ref, "tag " + e.getMessage());
    }
  }

  /**
   * Whether the version has the tag {@code live: true}. Throws {@code LOAD_FAILED} on a value that
   * is neither true nor false.
   */
  static boolean isLive(Object model, ModelResource version) {
    String live = version.tag(LIVE).orElse("false");
    if (!live.equalsIgnoreCase("true") && !live.equalsIgnoreCase("false")) {
      throw AzureMlFailures.loadFailed(
          model, "version " + version.name() + " has a tag 'live' that is neither true nor false");
    }
    return live.equalsIgnoreCase("true");
  }

  private static ArtifactDigest digest(ModelRef ref, String hex) {
    try {
      return new ArtifactDigest(hex);
    } catch (IllegalArgumentException e) {
      throw AzureMlFailures.loadFailed(ref, "tag 'sha256': " + e.getMessage());
    }
  }

  /** Throws {@code LOAD_FAILED} when the registry does not say it. */
  static Instant created(ModelRef ref, ModelResource version) {
    try {
      return OffsetDateTime.parse(version.createdAt().orElse("")).toInstant();
    } catch (DateTimeException e) {
      throw AzureMlFailures.loadFailed(ref, "the registry does not say when it was created");
    }
  }

  private static String required(ModelRef ref, ModelResource version, String key) {
    return version
        .tag(key)
        .orElseThrow(
            () ->
                AzureMlFailures.loadFailed(
                    ref, "tag '" + key + "': missing; it goes with the tag 'sha256'"));
  }
}
