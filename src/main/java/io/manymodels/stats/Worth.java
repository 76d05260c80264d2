package io.manymodels.stats;

/**
 * What a tenant's place is worth.
 *
 * @param hits its requests, decayed with the half-life in force, {@code >= 0}
 * @param cost of a request that finds no place, relative to that of the average tenant, {@code > 0}
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
