package io.manymodels.tools.chaos;

/**
 * Latencies in buckets of at most a thirty-second part; exact enough, and as small for millions.
 * Thread-confined.
 */
final class Latencies {
  private static final int SUB_BITS = 5;
  private final long[] counts = new long[(Long.SIZE - SUB_BITS) << SUB_BITS];
  private long total;

  void record(long nanos) {
    counts[bucket(Math.max(0, nanos))]++;
    total++;
  }

  private static int bucket(long nanos) {
    if (nanos < 1L << SUB_BITS) {
      return (int) nanos;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - SUB_BITS;
    return ((shift + 1) << SUB_BITS) + (int) ((nanos >>> shift) & ((1 << SUB_BITS) - 1));
  }

  /** The upper end of the bucket; 0 without any. */
  double quantileNanos(double quantile) {
    long wanted = (long) Math.ceil(quantile * total);
    long seen = 0;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      seen += counts[bucket];
      if (seen >= wanted && seen > 0) {
        return upperEnd(bucket);
      }
    }
    return 0;
  }

  private static double upperEnd(int bucket) {
    int shift = (bucket >> SUB_BITS) - 1;
    long sub = bucket & ((1 << SUB_BITS) - 1);
    return shift < 0 ? bucket : Math.scalb((1L << SUB_BITS) + sub + 1.0, shift);
  }
}
