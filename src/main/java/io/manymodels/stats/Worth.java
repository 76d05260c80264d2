package io.manymodels.stats;

/**
 * The worth of a place for a tenant.
 *
 * @param hits its requests, decayed with the half-life in force, {@code >= 0}
 * @param cost of a request without a place, relative to that of the average tenant, {@code > 0}
 * @param weightBytes of its loaded model, measured or, until then, the average
 */
public record Worth(double hits, double cost, long weightBytes) {

  /** Cost that a place saves, in requests of an average tenant. */
  public double benefit() {
    return hits * cost;
  }

  /** The variance of {@link #benefit} when the requests come at random (Poisson). */
  public double variance() {
    return hits * cost * cost;
  }
}
