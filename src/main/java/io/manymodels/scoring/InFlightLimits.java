package io.manymodels.scoring;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many requests may be under way, in all and for one tenant. Thread-safe; refuses at once. */
final class InFlightLimits {
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentMap<TenantId, Integer> byTenant = new ConcurrentHashMap<>();

  /**
   * Counts a request in; every return must be followed by one {@link #leave}.
   *
   * @return how many the tenant has under way, this one among them
   * @throws ServingException {@code OVERLOADED} or {@code TENANT_OVER_SHARE}, with nothing counted
   */
  int enter(TenantId tenant, int maximum, int maximumPerTenant) {
    if (total.incrementAndGet() > maximum) {
      total.decrementAndGet();
      throw new ServingException(
          ErrorCode.OVERLOADED, maximum + " requests are under way, which is the limit");
    }
    int ofTenant = byTenant.merge(tenant, 1, Integer::sum);
    if (ofTenant > maximumPerTenant) {
      leave(tenant);
      throw new ServingException(
          ErrorCode.TENANT_OVER_SHARE,
          "tenant '" + tenant + "' has " + maximumPerTenant + " requests under way, its limit");
    }
    return ofTenant;
  }

  void leave(TenantId tenant) {
    byTenant.computeIfPresent(tenant, (t, count) -> count == 1 ? null : count - 1);
    total.decrementAndGet();
  }

  /** Of one tenant. */
  int of(TenantId tenant) {
    return byTenant.getOrDefault(tenant, 0);
  }

  int total() {
    return total.get();
  }
}
