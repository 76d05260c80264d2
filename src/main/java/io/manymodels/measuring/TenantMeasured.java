package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import java.util.List;
import java.util.Objects;

/**
 * What one process measured of a tenant in one interval.
 *
 * @param hits {@code >= 0}, as the other counts; see {@link RequestOutcome}
 * @param predictionMicros that its predictions took on threads of this process
 * @param latencies of all requests that were answered with a prediction: pairs of a bucket and its
 *     count, the smallest bucket first
 */
public record TenantMeasured(
    TenantId tenant,
    int hits,
    int overflowHits,
    int loads,
    int errors,
    int refusals,
    long predictionMicros,
    List<Integer> latencies) {

  /** Throws {@link IllegalArgumentException} when a count is negative. */
  public TenantMeasured {
    Objects.requireNonNull(tenant, "key 'tenant': missing");
    if (hits < 0 || overflowHits < 0 || loads < 0 || errors < 0 || refusals < 0) {
      throw new IllegalArgumentException("a count of " + tenant + " is negative");
    }
    latencies = List.copyOf(latencies);
  }

  /** Requests that were answered with a prediction. */
  int answered() {
    return hits + overflowHits + loads;
  }
}
