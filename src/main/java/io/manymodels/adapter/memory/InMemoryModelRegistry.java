package io.manymodels.adapter.memory;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.WritableModelRegistry;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A registry that lives and dies with the process, with its artifacts on the heap. Bounded: what
 * would exceed its capacity is refused, and nothing is evicted. Thread-safe.
 */
public final class InMemoryModelRegistry implements WritableModelRegistry {
  /**
   * The bytes that a version counts for beside its artifact, so that their number is bounded too.
   */
  private static final long BYTES_PER_VERSION = 1_024;

  private final long capacityBytes;
  private final SortedMap<TenantId, SortedMap<ModelVersion, Published>> models = new TreeMap<>();
  private final Map<TenantId, ModelVersion> live = new HashMap<>();
  private long heldBytes;

  private record Published(ArtifactDescriptor artifact, String description, ByteBuffer bytes) {
    long weight() {
      return BYTES_PER_VERSION + bytes.capacity();
    }
  }

  /** Throws {@link IllegalArgumentException} when {@code capacityBytes} is negative. */
  public InMemoryModelRegistry(long capacityBytes) {
    if (capacityBytes < 0) {
      throw new IllegalArgumentException("capacityBytes: " + capacityBytes + " is negative");
    }
    this.capacityBytes = capacityBytes;
  }

  @Override
  public synchronized Optional<ModelVersion> liveVersion(TenantId tenant) {
    SortedMap<ModelVersion, Published> versions = versionsOf(tenant);
    @Nullable ModelVersion alias = live.get(tenant);
    if (alias != null && !versions.containsKey(alias)) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          tenant + ": the alias live names version " + alias + ", which does not exist");
    }
    if (alias != null) {
      return Optional.of(alias);
    }
    return versions.isEmpty() ? Optional.empty() : Optional.of(versions.lastKey());
  }

  @Override
  public Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return published(ref).map(Published::artifact);
  }

  @Override
  public String description(ModelRef ref) {
    return published(ref).map(Published::description).orElse("");
  }

  @Override
  public synchronized List<ModelVersion> versions(TenantId tenant) {
    return List.copyOf(versionsOf(tenant).keySet());
  }

  @Override
  public synchronized List<TenantId> tenants() {
    return List.copyOf(models.keySet());
  }

  @Override
  public synchronized void publish(
      ArtifactDescriptor artifact, String description, ByteBuffer bytes) {
    ModelRef ref = artifact.ref();
    if (bytes.remaining() != artifact.sizeBytes()) {
      throw new IllegalArgumentException(
          ref + ": " + bytes.remaining() + " bytes, not " + artifact.sizeBytes());
    }
    if (versionsOf(ref.tenant()).containsKey(ref.version())) {
      throw new ServingException(
          ErrorCode.VERSION_EXISTS, ref + " is published already; versions never change");
    }
    if (heldBytes + BYTES_PER_VERSION + bytes.remaining() > capacityBytes) {
      throw new ServingException(
          ErrorCode.STORE_UNAVAILABLE,
          ref + ": the registry in memory takes at most " + capacityBytes + " bytes");
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    Published published =
        new Published(artifact, description, ByteBuffer.wrap(copy).asReadOnlyBuffer());
    models.computeIfAbsent(ref.tenant(), tenant -> new TreeMap<>()).put(ref.version(), published);
    heldBytes += published.weight();
  }

  @Override
  public synchronized void setLive(ModelRef ref) {
    require(ref);
    alias(ref);
  }

  /** Sets the alias, to a version that need not exist. */
  synchronized void alias(ModelRef ref) {
    live.put(ref.tenant(), ref.version());
  }

  @Override
  public synchronized void keepLive(TenantId tenant) {
    if (!live.containsKey(tenant)) {
      liveVersion(tenant).ifPresent(version -> live.put(tenant, version));
    }
  }

  @Override
  public synchronized void delete(ModelRef ref) {
    require(ref);
    if (liveVersion(ref.tenant()).equals(Optional.of(ref.version()))) {
      throw new ServingException(
          ErrorCode.VERSION_LIVE, ref + " is live; make another version live first");
    }
    @Nullable Published deleted = versionsOf(ref.tenant()).remove(ref.version());
    heldBytes -= deleted == null ? 0 : deleted.weight();
  }

  @Override
  public synchronized void delete(TenantId tenant) {
    @Nullable SortedMap<ModelVersion, Published> deleted = models.remove(tenant);
    if (deleted == null) {
      throw new ServingException(ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model");
    }
    live.remove(tenant);
    deleted.values().forEach(version -> heldBytes -= version.weight());
  }

  /** A version's bytes, read-only, when there is such a version. */
  Optional<ByteBuffer> bytes(ModelRef ref) {
    return published(ref).map(version -> version.bytes().duplicate());
  }

  @Override
  public void check() {}

  /** Keeps everything: others of this process may have it open. */
  @Override
  public void close() {}

  private synchronized Optional<Published> published(ModelRef ref) {
    return Optional.ofNullable(versionsOf(ref.tenant()).get(ref.version()));
  }

  private void require(ModelRef ref) {
    if (!versionsOf(ref.tenant()).containsKey(ref.version())) {
      throw new ServingException(
          ErrorCode.MODEL_VERSION_NOT_FOUND, ref + ": there is no such version");
    }
  }

  private SortedMap<ModelVersion, Published> versionsOf(TenantId tenant) {
    return models.getOrDefault(tenant, new TreeMap<>());
  }
}
