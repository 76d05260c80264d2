package io.manymodels.stats;

import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;

/**
 * The requests of one tenant in one interval of one Dispatcher; the counting rule is in the package
 * description.
 *
 * @param model that answered last
 * @param hits {@code >= 0}
 * @param overflowHits {@code >= 0}
 * @param loads {@code >= 0}
 * @param cost of {@code model}
 */
public record TenantTraffic(ModelRef model, int hits, int overflowHits, int loads, ModelCost cost) {

  /** Throws {@link IllegalArgumentException} when a count is negative. */
  public TenantTraffic {
    if (hits < 0 || overflowHits < 0 || loads < 0) {
      throw new IllegalArgumentException("a count of " + model + " is negative");
    }
  }

  public TenantId tenant() {
    return model.tenant();
  }

  public int requests() {
    return hits + overflowHits + loads;
  }
}
