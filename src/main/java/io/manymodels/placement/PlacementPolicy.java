package io.manymodels.placement;

import io.manymodels.model.TenantId;
import java.util.List;

/**
 * Decides promotions and evictions from traffic. A pure function of its arguments, so that a
 * simulator replays traces through the code that runs.
 */
public interface PlacementPolicy {

  /**
   * One decision a candidate that is not placed, in the order of the candidates, with at most
   * {@code maxMoves} promotions; carried out in this order they keep every deployment's capacity,
   * never touch a pinned tenant and never place anybody in a dedicated deployment.
   *
   * @param candidates tenants that were hit, each once
   */
  List<PlacementDecision> decide(
      PlacementTable table,
      HotCapacities capacities,
      LastHits hits,
      List<TenantId> candidates,
      int maxMoves);
}
