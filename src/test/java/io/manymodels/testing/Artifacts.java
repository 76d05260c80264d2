package io.manymodels.testing;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Objects;
import java.util.Random;

/** Artifacts to test with. */
public final class Artifacts {
  private static final Instant CREATED = Instant.parse("2026-11-23T00:00:00Z");

  private Artifacts() {}

  public static ModelRef ref(String tenant, long version) {
    return new ModelRef(new TenantId(tenant), new ModelVersion(version));
  }

  /** The descriptor that fits the bytes. */
  public static ArtifactDescriptor describe(ModelRef ref, byte[] bytes) {
    return new ArtifactDescriptor(
        ref, ArtifactDigest.of(ByteBuffer.wrap(bytes)), bytes.length, "onnx", CREATED);
  }

  /** Bytes that are the same for the same seed. */
  public static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** The remaining bytes; the buffer's position does not move. */
  public static byte[] toArray(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** One of src/test/resources/onnx, made by src/test/python/models/make_onnx_models.py. */
  public static byte[] tinyOnnx(String name) {
    try (InputStream file = Artifacts.class.getResourceAsStream("/onnx/" + name + ".onnx")) {
      return Objects.requireNonNull(file, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
