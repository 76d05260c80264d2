package io.manymodels.config;

import io.manymodels.model.TenantId;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The user_config of a hot deployment.
 *
 * @param tenants who is to be placed here when this is applied, {@code 0..capacity} of them
 * @param capacity models, {@code 1..100000}
 * @param capacityMib weight of the loaded models in MiB, {@code 1..1048576}; both bounds are in
 *     force
 * @param pool who may be placed here later
 */
public record HotConfig(List<TenantId> tenants, int capacity, int capacityMib, Pool pool) {
  public static final int MAX_CAPACITY = 100_000;

  /** So much that only {@code capacity} counts. */
  public static final int MAX_CAPACITY_MIB = 1 << 20;

  /** What a deployment without user_config is: one place in the dynamic pool. */
  public static final HotConfig DEFAULT = new HotConfig(List.of(), 1, Pool.DYNAMIC);

  /** A deployment that is bounded in models only. */
  public HotConfig(List<TenantId> tenants, int capacity, Pool pool) {
    this(tenants, capacity, MAX_CAPACITY_MIB, pool);
  }

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public HotConfig {
    tenants = List.copyOf(tenants);
    Limit.inRange("capacity", capacity, 1, MAX_CAPACITY);
    Limit.inRange("capacity_mib", capacityMib, 1, MAX_CAPACITY_MIB);
    if (tenants.size() > capacity) {
      throw new IllegalArgumentException(
          "key 'tenants': " + tenants.size() + " tenants do not fit in capacity " + capacity);
    }
    if (new LinkedHashSet<>(tenants).size() != tenants.size()) {
      throw new IllegalArgumentException("key 'tenants': a tenant is named twice");
    }
  }

  public long capacityBytes() {
    return (long) capacityMib << 20;
  }
}
