package io.manymodels.stats;

/**
 * The cost of the average model: exponential moving averages, exact for the first values.
 * Thread-confined.
 */
final class MeanCost {
  private static final double MIN_SHARE_OF_NEXT = 0.01;

  private double loadMillis;
  private double weightBytes;
  private long count;

  void add(double millis, long bytes) {
    count++;
    double share = Math.max(MIN_SHARE_OF_NEXT, 1.0 / count);
    loadMillis += (millis - loadMillis) * share;
    weightBytes += (bytes - weightBytes) * share;
  }

  /** In milliseconds; 0 while there is none. */
  double loadMillis() {
    return loadMillis;
  }

  double weightBytes() {
    return weightBytes;
  }

  /** How many models it was made from. */
  long count() {
    return count;
  }

  RememberedTraffic.Mean remember() {
    return new RememberedTraffic.Mean(loadMillis, weightBytes, count);
  }

  void restore(RememberedTraffic.Mean mean) {
    loadMillis = mean.loadMillis();
    weightBytes = mean.weightBytes();
    count = mean.count();
  }
}
