package io.manymodels.loading;

import io.manymodels.tensor.Rows;

/**
 * The pace of one model: a moving average of how long a prediction for a few rows takes. A quick
 * model may predict on a thread that others wait for.
 *
 * <p>A model that once took a second must be quick about fifty times before it counts as quick
 * again. A prediction of some milliseconds is a different case: most likely the scheduler took the
 * processor away, and moving the model to another thread would make that more frequent. So such a
 * measurement counts as one millisecond, it takes three in a row to make a quick model slow, and
 * where the average is in that range a quick prediction says more than one that was kept waiting:
 * every second one may wait without making a quick model slow, and three quick ones make up for a
 * slow first one.
 *
 * <p>A heavy model is one that computes long, however long that takes: one that merely waits for a
 * processor, or has never been measured, is not heavy.
 *
 * <p>Thread-safe; two concurrent measurements may count as one.
 */
public final class Pace {
  /** Requests with more numbers than this are never quick. */
  private static final int MAX_QUICK_VALUES = 1_024;

  /** The limit of quick: about ten times the cost of moving a request to another thread. */
  private static final double MAX_QUICK_NANOS = 200_000;

  private static final double UNKNOWN = 1e9;
  private static final double MAX_COUNTED_NANOS = 1e9;

  /** Up to here a delay is taken for the scheduler's; nobody notices a wait that short. */
  private static final double MAX_STALL_NANOS = 50e6;

  private static final double COUNTED_STALL_NANOS = 1e6;
  private static final double WEIGHT_OF_NEW = 0.1;

  /** Of a prediction that was quicker than the average, where all were delayed little at most. */
  private static final double WEIGHT_OF_QUICKER = 0.5;

  /** From here on a model keeps others from their processors noticeably. */
  private static final double MIN_HEAVY_NANOS = 2e6;

  private static final double WEIGHT_OF_NEW_COST = 0.3;

  private volatile double averageNanos = UNKNOWN;
  private volatile double computedNanos;

  /** Whether a prediction for these rows is likely to be quick. */
  public boolean quick(Rows rows) {
    return averageNanos < MAX_QUICK_NANOS && rows.values() <= MAX_QUICK_VALUES;
  }

  /** Records how long a prediction took. */
  public void took(Rows rows, long nanos) {
    if (rows.values() > MAX_QUICK_VALUES) {
      return;
    }
    double before = averageNanos;
    double now = counted(nanos);
    double weight =
        now < before && before <= COUNTED_STALL_NANOS ? WEIGHT_OF_QUICKER : WEIGHT_OF_NEW;
    averageNanos = before == UNKNOWN ? now : now * weight + before * (1 - weight);
  }

  /** Whether predictions take much processor time: several milliseconds. */
  public boolean heavy() {
    return computedNanos >= MIN_HEAVY_NANOS;
  }

  /**
   * Records the processor time of a prediction.
   *
   * @param nanos 0 where it is not known
   */
  public void computed(long nanos) {
    double before = computedNanos;
    computedNanos =
        before == 0
            ? (double) nanos
            : (double) nanos * WEIGHT_OF_NEW_COST + before * (1 - WEIGHT_OF_NEW_COST);
  }

  private static double counted(long nanos) {
    double limit = nanos <= MAX_STALL_NANOS ? COUNTED_STALL_NANOS : MAX_COUNTED_NANOS;
    return Math.min(limit, (double) nanos);
  }
}
