package io.manymodels.serving;

import io.manymodels.inference.FeatureRows;

/**
 * How long a model takes for a few rows, as measured: whether it may predict on a thread that
 * others wait for. Thread-safe; two measurements at once may count as one.
 */
final class Pace {
  /** Of the numbers in a request: more of them are never quick. */
  private static final int FEW = 1_024;

  /** Ten times what moving a request to another thread costs. */
  private static final long QUICK_NANOS = 200_000;

  /** What a model that is quick on average must not do to the others. */
  private static final long STALL_NANOS = 50_000_000;

  private static final int CALLS_AFTER_STALL = 1_000;
  private static final double WEIGHT_OF_NEW = 0.2;

  private volatile double averageNanos;
  private volatile int callsToProve = 1;

  /** Whether a prediction for these rows is likely to be quick. */
  boolean quick(FeatureRows rows) {
    return callsToProve == 0 && averageNanos < QUICK_NANOS && rows.values().length <= FEW;
  }

  /** Notes what a prediction has taken. */
  void took(FeatureRows rows, long nanos) {
    if (nanos > STALL_NANOS) {
      callsToProve = CALLS_AFTER_STALL;
      return;
    }
    if (rows.values().length <= FEW) {
      double before = averageNanos;
      averageNanos = before == 0 ? nanos : before + WEIGHT_OF_NEW * (nanos - before);
      int left = callsToProve;
      if (left > 0) {
        callsToProve = left - 1;
      }
    }
  }
}
