package io.manymodels.loading;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.TenantId;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The live versions that the registry named last, of a bounded number of tenants, for the time when
 * it is away. A version that was replaced is never noted after {@link #forget} or a later {@link
 * #note} of its tenant. Thread-safe.
 */
final class LastKnown {
  /** Some 400 bytes each. */
  private static final int TENANTS = 20_000;

  private static final int TRIES = 3;
  private static final int SLOTS = 1_024;

  private final Cache<TenantId, ArtifactDescriptor> versions =
      Caffeine.newBuilder().maximumSize(TENANTS).executor(Runnable::run).build();

  /** Counts of changes by hash of the tenant, raised before each change; see {@link #learn}. */
  private final AtomicIntegerArray changes = new AtomicIntegerArray(SLOTS);

  /** To be called by one thread a tenant at a time, with what is live at some time of the call. */
  void note(ArtifactDescriptor artifact) {
    TenantId tenant = artifact.ref().tenant();
    changes.getAndIncrement(slot(tenant));
    versions.put(tenant, artifact);
  }

  void forget(TenantId tenant) {
    changes.getAndIncrement(slot(tenant));
    versions.invalidate(tenant);
  }

  @Nullable ArtifactDescriptor get(TenantId tenant) {
    return versions.getIfPresent(tenant);
  }

  /**
   * Notes what the registry says, unless there was a change while it was asked: then it is asked
   * again. May be called by any number of threads.
   *
   * @return whether it is noted; false when there were changes each time
   */
  boolean learn(TenantId tenant, Supplier<ArtifactDescriptor> registry) {
    for (int i = 0; i < TRIES; i++) {
      int before = changes.get(slot(tenant));
      ArtifactDescriptor artifact = registry.get();
      @Nullable ArtifactDescriptor noted =
          versions
              .asMap()
              .compute(
                  tenant, (same, known) -> changes.get(slot(tenant)) == before ? artifact : known);
      if (artifact.equals(noted)) {
        return true;
      }
    }
    return false;
  }

  private static int slot(TenantId tenant) {
    return Math.floorMod(tenant.hashCode(), SLOTS);
  }
}
