package io.manymodels.stats;

import java.time.Duration;
import java.util.List;

/**
 * Weights for counts that decay with several half-lives at once. Counts are kept forward-decayed: a
 * hit is added with a weight that grows with time, so that old counts never have to be touched and
 * those of one half-life compare as they are (Cormode, Shkapenyuk, Srivastava, Xu: Forward Decay,
 * ICDE 2009). Thread-confined.
 */
final class HalfLives {
  /** Far below 2^1023, where a double ends. */
  private static final double MAX_EXPONENT = 500;

  private final List<Duration> halfLives;
  private final long[] origins;
  private final double[] weights;

  HalfLives(List<Duration> halfLives, long nowNanos) {
    this.halfLives = List.copyOf(halfLives);
    this.origins = new long[halfLives.size()];
    this.weights = new double[halfLives.size()];
    for (int i = 0; i < origins.length; i++) {
      origins[i] = nowNanos;
      weights[i] = 1;
    }
  }

  int count() {
    return origins.length;
  }

  List<Duration> all() {
    return halfLives;
  }

  Duration get(int i) {
    return halfLives.get(i);
  }

  /**
   * Moves on to now.
   *
   * @return for each half-life what its counts must be multiplied by before they are used again; 1
   *     but once in 500 half-lives
   */
  double[] advance(long nowNanos) {
    double[] factors = new double[origins.length];
    for (int i = 0; i < origins.length; i++) {
      double exponent = (double) (nowNanos - origins[i]) / halfLives.get(i).toNanos();
      factors[i] = 1;
      if (exponent > MAX_EXPONENT) {
        factors[i] = Math.pow(2, -exponent);
        origins[i] = nowNanos;
        exponent = 0;
      }
      weights[i] = Math.pow(2, exponent);
    }
    return factors;
  }

  /** The weight that a hit adds now. */
  double weight(int i) {
    return weights[i];
  }
}
