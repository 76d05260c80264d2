package io.manymodels.loading;

import io.manymodels.inference.FeatureRows;

/**
 * How long a model takes for a few rows, as measured: whether it may predict on a thread that
 * others wait for. A model that took a second once has to be quick eighty times before it may
 * again. What takes some milliseconds once was most likely kept waiting for a processor, and a
 * model that is moved to another thread for that waits for one more often still: such a measurement
 * counts as a millisecond, so that it takes three in a row. Thread-safe; two measurements at once
 * may count as one.
 */
public final class Pace {
  /** Of the numbers in a request: more of them are never quick. */
  private static final int FEW = 1_024;

  /** Ten times what moving a request to another thread costs. */
  private static final double QUICK_NANOS = 200_000;

  private static final double UNKNOWN = 1e9;
  private static final double LONGEST_NANOS = 1e9;

  /** What the scheduler may have taken: up to here nobody waits noticeably for the model. */
  private static final double STALL_NANOS = 50e6;

  private static final double COUNTED_STALL_NANOS = 1e6;
  private static final double WEIGHT_OF_NEW = 0.1;

  private volatile double averageNanos = UNKNOWN;

  /** Whether a prediction for these rows is likely to be quick. */
  public boolean quick(FeatureRows rows) {
    return averageNanos < QUICK_NANOS && rows.values().length <= FEW;
  }

  /** Notes what a prediction has taken. */
  public void took(FeatureRows rows, long nanos) {
    if (rows.values().length > FEW) {
      return;
    }
    double before = averageNanos;
    averageNanos =
        before == UNKNOWN
            ? counted(nanos)
            : counted(nanos) * WEIGHT_OF_NEW + before * (1 - WEIGHT_OF_NEW);
  }

  private static double counted(long nanos) {
    double most = nanos <= STALL_NANOS ? COUNTED_STALL_NANOS : LONGEST_NANOS;
    return Math.min(most, (double) nanos);
  }
}
