package io.manymodels.artifact;

import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import java.time.Instant;

/**
 * What is known of an artifact before it is read.
 *
 * @param ref whose model, in which version
 * @param digest of the bytes; every read is checked against it
 * @param sizeBytes of the bytes, {@code >= 0}
 * @param format which loader takes it, as {@code onnx}
 * @param created when it was published
 */
public record ArtifactDescriptor(
    ModelRef ref, ArtifactDigest digest, long sizeBytes, String format, Instant created) {

  /** Throws {@link IllegalArgumentException} on a negative size or an empty format. */
  public ArtifactDescriptor {
    if (sizeBytes < 0) {
      throw new IllegalArgumentException("sizeBytes: " + sizeBytes + " is negative");
    }
    if (format.isEmpty()) {
      throw new IllegalArgumentException("format: must not be empty");
    }
  }
}
