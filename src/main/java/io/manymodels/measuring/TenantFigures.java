package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import java.util.Objects;

/**
 * What is known of the requests of one tenant since SharedMemory took over.
 *
 * @param requests that were answered with a prediction or failed
 * @param errors those that failed
 * @param hits answered by a hot deployment
 * @param overflowHits answered by Deploymentx with a model that was loaded
 * @param loads answered by Deploymentx after the model was loaded
 * @param p50 in seconds, as the other two, of its last 8,000 to 16,000 predictions, at most 2 %
 *     beside; 0 when none is remembered
 * @param lastUsedMillis since the epoch
 * @param predictionSeconds that its predictions took on threads of replicas
 * @param recentRequests each counts half after ten minutes
 * @param recentErrors likewise
 */
public record TenantFigures(
    TenantId tenant,
    long requests,
    long errors,
    long hits,
    long overflowHits,
    long loads,
    double p50,
    double p95,
    double p99,
    long lastUsedMillis,
    double predictionSeconds,
    double recentRequests,
    double recentErrors) {

  public TenantFigures {
    Objects.requireNonNull(tenant, "key 'tenant': missing");
  }
}
