package io.manymodels.testing;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.TenantTraffic;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Traffic for tests. */
public final class Requests {
  /** An ordinary model's. */
  public static final ModelCost COST = new ModelCost(40_000, 2_000);

  private Requests() {}

  /** A report with ten hits for each time that a tenant is named. */
  public static List<TenantTraffic> tenForEach(Collection<TenantId> tenants) {
    SortedMap<TenantId, Integer> counts = new TreeMap<>();
    tenants.forEach(tenant -> counts.merge(tenant, 10, Integer::sum));
    return counts.entrySet().stream().map(e -> hits(e.getKey(), e.getValue())).toList();
  }

  public static TenantTraffic hits(TenantId tenant, int count) {
    return of(tenant, count, COST);
  }

  public static TenantTraffic of(TenantId tenant, int count, ModelCost cost) {
    return new TenantTraffic(new ModelRef(tenant, new ModelVersion(1)), count, 0, 0, cost);
  }
}
