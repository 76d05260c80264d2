package io.manymodels.tools.fleet;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.WritableModelRegistry;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * A set of test tenants, each with a model of its own. Immutable and thread-safe.
 *
 * @param kind of the models
 * @param seed of what is random in them
 * @param prefix of the tenants' names, which end in their numbers, from 1 on
 * @param version in which each is published
 */
public record Fleet(FleetKind kind, long seed, String prefix, ModelVersion version) {
  /** A fleet's models are made from the number, which they take as an {@code int}. */
  public static final int MAX_VERSION = 999_999_999;

  /** A constant, so that the same fleet is the same to the last byte. */
  private static final Instant CREATED = Instant.parse("2026-11-23T00:00:00Z");

  /**
   * Throws {@link IllegalArgumentException} when the prefix makes no valid names, or the version is
   * above {@value #MAX_VERSION}.
   */
  public Fleet {
    if (version.number() > MAX_VERSION) {
      throw new IllegalArgumentException("version: " + version + " is above " + MAX_VERSION);
    }
    var unused = new TenantId(prefix + Integer.MAX_VALUE);
  }

  public TenantId tenant(int number) {
    return new TenantId(prefix + number);
  }

  public byte[] model(int number) {
    return kind.model(seed, number, (int) version.number());
  }

  /**
   * Publishes one tenant's model and makes it live, by the alias if it is not without.
   *
   * @throws io.manymodels.model.ServingException as the registry's {@code publish} and {@code
   *     setLive}
   */
  public void publish(int number, WritableModelRegistry registry) {
    ByteBuffer bytes = ByteBuffer.wrap(model(number));
    ModelRef ref = new ModelRef(tenant(number), version);
    ArtifactDescriptor artifact =
        new ArtifactDescriptor(ref, ArtifactDigest.of(bytes), bytes.remaining(), "onnx", CREATED);
    registry.publish(artifact, "fleet: " + kind.wireName() + ", seed " + seed, bytes);
    if (!registry.liveVersion(ref.tenant()).equals(Optional.of(version))) {
      registry.setLive(ref);
    }
  }
}
