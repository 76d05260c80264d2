package io.manymodels.routing;

import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;

/**
 * A prediction that a replica has begun and not ended.
 *
 * @param ref the model that predicts
 * @param fingerprint of the rows that it predicts for
 */
public record RunningPrediction(ModelRef ref, long fingerprint) {

  boolean is(TenantId tenant, long rows) {
    return fingerprint == rows && ref.tenant().equals(tenant);
  }
}
