package io.manymodels.stats;

/** Requests of all tenants, by how they were answered. */
public record TrafficTotals(long hits, long overflowHits, long loads) {
  public static final TrafficTotals NONE = new TrafficTotals(0, 0, 0);

  public long requests() {
    return hits + overflowHits + loads;
  }

  /** {@code 0..1}; 0 when there was no request. */
  public double hitRatio() {
    return requests() == 0 ? 0 : (double) hits / requests();
  }

  TrafficTotals plus(TenantTraffic traffic) {
    return new TrafficTotals(
        hits + traffic.hits(), overflowHits + traffic.overflowHits(), loads + traffic.loads());
  }
}
