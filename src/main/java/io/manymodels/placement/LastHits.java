package io.manymodels.placement;

import io.manymodels.model.TenantId;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When each tenant was asked for last, as a count of hits seen: bounded, the longest unheard-of
 * tenant is forgotten first. A hit is a request that was answered 200. Thread-confined.
 */
public final class LastHits {
  private final LinkedHashMap<TenantId, Long> order = new LinkedHashMap<>();
  private int maximumSize;
  private long count;

  public LastHits(int maximumSize) {
    this.maximumSize = maximumSize;
  }

  public void setMaximumSize(int maximumSize) {
    this.maximumSize = maximumSize;
  }

  /** Takes a report: the tenants hit, the latest last. */
  public void record(List<TenantId> tenants) {
    for (TenantId tenant : tenants) {
      order.remove(tenant);
      order.put(tenant, ++count);
    }
    var oldest = order.entrySet().iterator();
    while (order.size() > maximumSize) {
      oldest.next();
      oldest.remove();
    }
  }

  /** Where the tenant's last hit stands among all hits; 0 when none is known. */
  public long lastHit(TenantId tenant) {
    @Nullable Long at = order.get(tenant);
    return at == null ? 0 : at;
  }
}
