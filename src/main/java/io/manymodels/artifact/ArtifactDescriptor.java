package io.manymodels.artifact;

import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.tensor.Usage;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * The metadata of an artifact, known before it is read.
 *
 * @param ref the tenant and version of the model
 * @param digest of the bytes; every read is checked against it
 * @param sizeBytes of the bytes, {@code >= 0}
 * @param format which loader takes it, as {@code onnx}; safe as part of a file name
 * @param created when it was published
 * @param usage how the model is used, as far as the metadata say
 */
public record ArtifactDescriptor(
    ModelRef ref,
    ArtifactDigest digest,
    long sizeBytes,
    String format,
    Instant created,
    Usage usage) {
  private static final Pattern FORMAT = Pattern.compile("[a-z0-9][a-z0-9_-]{0,31}");

  /** Throws {@link IllegalArgumentException} on a negative size or a format that is no name. */
  public ArtifactDescriptor {
    if (sizeBytes < 0) {
      throw new IllegalArgumentException("sizeBytes: " + sizeBytes + " is negative");
    }
    if (!FORMAT.matcher(format).matches()) {
      throw new IllegalArgumentException(
          "format: 1..32 characters of a-z 0-9 _ -, starting with a letter or digit");
    }
  }

  /** An artifact whose metadata say nothing of how the model is used. */
  public ArtifactDescriptor(
      ModelRef ref, ArtifactDigest digest, long sizeBytes, String format, Instant created) {
    this(ref, digest, sizeBytes, format, created, Usage.UNKNOWN);
  }

  /** The same artifact as another version of its tenant's model. */
  public ArtifactDescriptor withVersion(ModelVersion version) {
    return new ArtifactDescriptor(
        new ModelRef(ref.tenant(), version), digest, sizeBytes, format, created, usage);
  }

  /** The same artifact with another usage. */
  public ArtifactDescriptor withUsage(Usage changed) {
    return new ArtifactDescriptor(ref, digest, sizeBytes, format, created, changed);
  }
}
