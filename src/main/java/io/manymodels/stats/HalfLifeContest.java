package io.manymodels.stats;

import java.util.stream.DoubleStream;

/**
 * A contest between several half-lives for the best prediction of the traffic. Each half-life has a
 * <i>shadow</i>: the set of tenants that would be placed if its counts decided. The half-life whose
 * shadow had the most requests lately is in force. Selection of a best expert by recent loss, as in
 * Ari et al., ACME: Adaptive Caching Using Multiple Experts (WDAS 2002). Thread-confined.
 */
final class HalfLifeContest {
  /** The factor by which a shorter half-life must win, because it moves more models. */
  private static final double ADVANTAGE = 1.01;

  private final double[] scores;
  private double requests;
  private int chosen;

  /** Starts with the longest half-life, which is the last one. */
  HalfLifeContest(int count) {
    this.scores = new double[count];
    this.chosen = count - 1;
  }

  /**
   * Records requests for a tenant; bit {@code i} of {@code shadows} says that it is in shadow
   * {@code i}.
   */
  void record(int shadows, int count) {
    requests += count;
    for (int i = 0; i < scores.length; i++) {
      if ((shadows & 1 << i) != 0) {
        scores[i] += count;
      }
    }
  }

  /** The scores and the requests that they are out of. */
  RememberedTraffic.Scores scores() {
    return new RememberedTraffic.Scores(DoubleStream.of(scores).boxed().toList(), requests);
  }

  /** Goes on as the contest that had these scores, with this half-life in force. */
  void restore(RememberedTraffic.Scores before, int inForce) {
    for (int i = 0; i < scores.length; i++) {
      scores[i] = before.ofHalfLives().get(i);
    }
    requests = before.requests();
    chosen = inForce;
  }

  /** Halves all scores once more than this many requests have been recorded. */
  void forgetAfter(double maximumRequests) {
    if (requests > maximumRequests) {
      requests /= 2;
      for (int i = 0; i < scores.length; i++) {
        scores[i] /= 2;
      }
    }
  }

  /** Returns the index of the half-life in force. */
  int choose() {
    int best = scores.length - 1;
    for (int i = scores.length - 2; i >= 0; i--) {
      if (scores[i] > scores[best] * ADVANTAGE) {
        best = i;
      }
    }
    // Among near equals the one in force stays.
    if (scores[best] > scores[chosen] * ADVANTAGE) {
      chosen = best;
    }
    return chosen;
  }
}
