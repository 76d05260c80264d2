package io.manymodels.bench;

import java.util.SplittableRandom;

/**
 * Moments of a Poisson process: requests arrive one by one, as from many clients that know nothing
 * of each other. The same seed gives the same moments. Thread-confined.
 */
final class Arrivals {
  private static final long SEED = 20261123;

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final double meanNanos;
  private final double startNanos;
  private double sinceStart;

  /** {@code startNanos} is a moment of {@link System#nanoTime}. */
  Arrivals(long startNanos, double ratePerSecond) {
    this.startNanos = startNanos;
    this.meanNanos = 1e9 / ratePerSecond;
  }

  /** The next moment of {@link System#nanoTime}; never before the last one. */
  long next() {
    sinceStart -= Math.log(1 - random.nextDouble()) * meanNanos;
    return (long) (startNanos + sinceStart);
  }
}
