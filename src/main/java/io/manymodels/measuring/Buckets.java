package io.manymodels.measuring;

/**
 * The logarithmic buckets of all latencies: bucket {@code i} has durations of more than {@code
 * GAMMA^(i-1)} and at most {@code GAMMA^i} microseconds. Any duration between one microsecond and
 * 100 seconds differs from its bucket's {@link #nanos} by at most 2 % (Masson, Rim, Lee: DDSketch,
 * VLDB 2019). Stateless.
 */
public final class Buckets {
  /** The greatest relative error of {@link #nanos}. */
  public static final double RELATIVE_ERROR = 0.02;

  /** The last one has everything beyond 100 s, the first one everything up to 1 us. */
  public static final int COUNT = 463;

  private static final double GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
  private static final double PER_LOG = 1 / Math.log(GAMMA);
  private static final double NANOS_PER_MICRO = 1_000;

  private Buckets() {}

  /** The bucket of a duration in nanoseconds. */
  public static int of(long nanos) {
    if (nanos <= NANOS_PER_MICRO) {
      return 0;
    }
    return Math.min(COUNT - 1, (int) Math.ceil(Math.log(nanos / NANOS_PER_MICRO) * PER_LOG));
  }

  /** The longest duration in a bucket, in nanoseconds; that of the last one is infinite. */
  public static double longestNanos(int bucket) {
    return bucket == COUNT - 1
        ? Double.POSITIVE_INFINITY
        : NANOS_PER_MICRO * Math.pow(GAMMA, bucket);
  }

  /** What stands for the durations in a bucket, in nanoseconds. */
  public static double nanos(int bucket) {
    return NANOS_PER_MICRO * Math.pow(GAMMA, bucket) * 2 / (GAMMA + 1);
  }

  /**
   * The bucket that has a quantile, by nearest rank.
   *
   * @param counts by bucket
   * @param quantile {@code 0..1}
   * @return -1 when nothing has been counted
   */
  public static int quantile(long[] counts, double quantile) {
    long all = 0;
    for (long count : counts) {
      all += count;
    }
    long rank = Math.max(1, (long) Math.ceil(quantile * all));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return i;
      }
    }
    return -1;
  }
}
