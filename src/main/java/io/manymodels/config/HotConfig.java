package io.manymodels.config;

import io.manymodels.config.ConfigKey.TextKey;
import io.manymodels.config.ConfigKey.WholeKey;
import io.manymodels.model.TenantId;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The user_config of a hot deployment.
 *
 * @param tenants who is to be placed here when this is applied, {@code 0..capacity} of them
 * @param capacity see {@link #CAPACITY}
 * @param capacityMib see {@link #CAPACITY_MIB}; both bounds are in force
 * @param pool which tenants may be placed here later
 */
public record HotConfig(List<TenantId> tenants, int capacity, int capacityMib, Pool pool) {
  public static final int MAX_CAPACITY = 100_000;

  /** So much that only {@code capacity} counts. */
  public static final int MAX_CAPACITY_MIB = 1 << 20;

  public static final TextKey TENANT =
      new TextKey("tenant", "a tenant", "none", "The tenant that is placed here now.");
  public static final TextKey TENANTS =
      new TextKey(
          "tenants",
          "a list of up to `capacity` tenants",
          "none",
          "The tenants that are placed here now. Excludes `tenant`.");
  public static final WholeKey CAPACITY =
      new WholeKey("capacity", 1, MAX_CAPACITY, 1, "Models that the deployment takes.");
  public static final WholeKey CAPACITY_MIB =
      new WholeKey(
          "capacity_mib",
          1,
          MAX_CAPACITY_MIB,
          MAX_CAPACITY_MIB,
          MAX_CAPACITY_MIB + ", so only `capacity` counts",
          "MiB of loaded models that the deployment takes.");
  public static final TextKey POOL =
      new TextKey(
          "pool",
          "`dynamic` or `dedicated`",
          "`dynamic`",
          "`dynamic`: traffic decides which tenants are placed here. `dedicated`: only the tenants that are "
              + "named here or by `POST /update_dedicated_pool`.");

  public static final List<ConfigKey> KEYS = List.of(TENANT, TENANTS, CAPACITY, CAPACITY_MIB, POOL);

  /** The configuration without a user_config: one place in the dynamic pool. */
  public static final HotConfig DEFAULT =
      new HotConfig(List.of(), CAPACITY.byDefault(), CAPACITY_MIB.byDefault(), Pool.DYNAMIC);

  /** A deployment that is bounded in models only. */
  public HotConfig(List<TenantId> tenants, int capacity, Pool pool) {
    this(tenants, capacity, MAX_CAPACITY_MIB, pool);
  }

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public HotConfig {
    tenants = List.copyOf(tenants);
    CAPACITY.check(capacity);
    CAPACITY_MIB.check(capacityMib);
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
