package io.manymodels.config;

import io.manymodels.model.TenantId;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The user_config of a hot deployment.
 *
 * @param tenants who is to be placed here when this is applied, {@code 0..capacity} of them
 * @param capacity models, {@code 1..100000}
 * @param pool who may be placed here later
 */
public record HotConfig(List<TenantId> tenants, int capacity, Pool pool) {
  public static final int MAX_CAPACITY = 100_000;

  /** What a deployment without user_config is: one place in the dynamic pool. */
  public static final HotConfig DEFAULT = new HotConfig(List.of(), 1, Pool.DYNAMIC);

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public HotConfig {
    tenants = List.copyOf(tenants);
    Limit.inRange("capacity", capacity, 1, MAX_CAPACITY);
    if (tenants.size() > capacity) {
      throw new IllegalArgumentException(
          "key 'tenants': " + tenants.size() + " tenants do not fit in capacity " + capacity);
    }
    if (new LinkedHashSet<>(tenants).size() != tenants.size()) {
      throw new IllegalArgumentException("key 'tenants': a tenant is named twice");
    }
  }
}
