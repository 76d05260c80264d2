package io.manymodels.routing;

import io.manymodels.inference.FeatureRows;
import io.manymodels.model.TenantId;

/**
 * Asks a replica for predictions by a tenant's model.
 *
 * @param tenant whose model must compute the answer
 * @param rows to predict for
 * @param timeoutMillis left until nobody waits for the answer any more, {@code >= 0}
 */
public record PredictRequest(TenantId tenant, FeatureRows rows, long timeoutMillis) {}
