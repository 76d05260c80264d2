package io.manymodels.stats;

/**
 * Which of several half-lives would have foreseen the traffic best: each keeps a shadow of the hot
 * deployments, filled with the tenants that its counts put first, and the one whose shadow had the
 * most requests lately is in force. Selection of a best expert by recent loss, as in Ari et al.,
 * ACME: Adaptive Caching Using Multiple Experts (WDAS 2002). Thread-confined.
 */
final class HalfLifeContest {
  /** A shorter half-life moves more models; it must earn that. */
  private static final double ADVANTAGE = 1.01;

  private final double[] scores;
  private double requests;
  private int chosen;

  /** Begins with the longest, which is the last one. */
  HalfLifeContest(int count) {
    this.scores = new double[count];
    this.chosen = count - 1;
  }

  /** Requests for a tenant that is in the shadows whose bits are set. */
  void record(int shadows, int count) {
    requests += count;
    for (int i = 0; i < scores.length; i++) {
      if ((shadows & 1 << i) != 0) {
        scores[i] += count;
      }
    }
  }

  /** Forgets half of what was recorded before once this many requests have been. */
  void forgetAfter(double maximumRequests) {
    if (requests > maximumRequests) {
      requests /= 2;
      for (int i = 0; i < scores.length; i++) {
        scores[i] /= 2;
      }
    }
  }

  /** The half-life in force. */
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
