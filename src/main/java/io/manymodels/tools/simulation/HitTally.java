package io.manymodels.tools.simulation;

/**
 * Counts during a replay. A promotion or an eviction counts where the last request stands. Thread-
 * confined.
 */
final class HitTally {
  private final String policy;
  private final long size;
  private long requests;
  private long hits;
  private long promotions;
  private long evictions;
  private long steadyPromotions;

  HitTally(String policy, Trace trace) {
    this.policy = policy;
    this.size = trace.size();
  }

  /** The next request has come; it is a hit when its tenant is placed now. */
  void request(boolean hit) {
    requests++;
    if (hit) {
      hits++;
    }
  }

  void promotion() {
    promotions++;
    if (requests > size / 2) {
      steadyPromotions++;
    }
  }

  void eviction() {
    evictions++;
  }

  Outcome outcome() {
    return new Outcome(
        policy, requests, hits, promotions, evictions, steadyPromotions, size - size / 2);
  }
}
