package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The text {@code metadata.json} that lies beside every artifact in a folder or container. Keys
 * that it does not know are for somebody else.
 *
 * @param tenant whose model
 * @param version a whole number, as {@link ModelVersion} takes it
 * @param sha256 of the artifact's bytes, 64 lower-case hexadecimal digits
 * @param size of the artifact in bytes
 * @param created an ISO 8601 instant
 * @param format which loader takes it, as {@code onnx}
 * @param description for people
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ArtifactMetadata(
    @Nullable String tenant,
    long version,
    @Nullable String sha256,
    long size,
    @Nullable String created,
    @Nullable String format,
    @Nullable String description) {

  /** The longest text. */
  public static final int MAX_BYTES = 64 << 10;

  /**
   * Reads the metadata of a model.
   *
   * @throws ServingException {@code LOAD_FAILED} when the text is too long or cannot be read
   */
  public static ArtifactMetadata read(ModelRef ref, ByteBuffer text) {
    if (text.remaining() > MAX_BYTES) {
      throw broken(ref, "is larger than " + MAX_BYTES + " bytes");
    }
    try {
      return Json.read(text, ArtifactMetadata.class);
    } catch (IllegalArgumentException e) {
      throw unreadable(ref, e);
    }
  }

  /**
   * Reads the artifact that the metadata of a model describe.
   *
   * @throws ServingException {@code LOAD_FAILED} when they cannot be read, or are of another model
   */
  public static ArtifactDescriptor readDescriptor(ModelRef ref, ByteBuffer text) {
    ArtifactDescriptor artifact;
    try {
      artifact = read(ref, text).toDescriptor();
    } catch (IllegalArgumentException e) {
      throw unreadable(ref, e);
    }
    if (!artifact.ref().equals(ref)) {
      throw broken(ref, "is of " + artifact.ref());
    }
    return artifact;
  }

  private static ServingException unreadable(ModelRef ref, IllegalArgumentException e) {
    return new ServingException(
        ErrorCode.LOAD_FAILED, ref + ": metadata.json: " + e.getMessage(), e);
  }

  private static ServingException broken(ModelRef ref, String what) {
    return new ServingException(ErrorCode.LOAD_FAILED, ref + ": metadata.json " + what);
  }

  /** The metadata that a publisher writes for this artifact. */
  public static ArtifactMetadata of(ArtifactDescriptor artifact, @Nullable String description) {
    return new ArtifactMetadata(
        artifact.ref().tenant().value(),
        artifact.ref().version().number(),
        artifact.digest().hex(),
        artifact.sizeBytes(),
        artifact.created().toString(),
        artifact.format(),
        description);
  }

  /**
   * The artifact that it describes, checked.
   *
   * @throws IllegalArgumentException naming the key that is missing or wrong
   */
  public ArtifactDescriptor toDescriptor() {
    return new ArtifactDescriptor(
        new ModelRef(new TenantId(required("tenant", tenant)), new ModelVersion(version)),
        digest(),
        size,
        required("format", format),
        instant());
  }

  private ArtifactDigest digest() {
    try {
      return new ArtifactDigest(required("sha256", sha256));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("key 'sha256': " + e.getMessage(), e);
    }
  }

  private Instant instant() {
    try {
      return Instant.parse(required("created", created));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "key 'created': expected an instant as 2026-11-23T00:00:00Z", e);
    }
  }

  private static String required(String key, @Nullable String value) {
    if (value == null) {
      throw new IllegalArgumentException("key '" + key + "': missing");
    }
    return value;
  }
}
