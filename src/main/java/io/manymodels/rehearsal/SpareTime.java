package io.manymodels.rehearsal;

import io.manymodels.threads.ProcessorTime;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Finds out whether a thread of low priority gets the processor when it wants it: where it does
 * not, a rehearsal would take long, and keep others waiting for the locks of classes that it loads.
 * To be asked by that thread.
 */
final class SpareTime implements BooleanSupplier {
  /** More than a thread of low priority runs in one piece beside a busy one. */
  private static final Duration TRIAL = Duration.ofMillis(2);

  private static final int MAX_FACTOR = 4;

  private final Ticker ticker;

  SpareTime(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Takes two milliseconds of processor time to know; gives up after four times as long. */
  @Override
  public boolean getAsBoolean() {
    if (!ProcessorTime.known()) {
      return true;
    }
    long end = ticker.nanos() + MAX_FACTOR * TRIAL.toNanos();
    long enough = ProcessorTime.ofThisThread() + TRIAL.toNanos();
    while (ProcessorTime.ofThisThread() < enough) {
      if (ticker.nanos() - end > 0) {
        return false;
      }
      Thread.onSpinWait();
    }
    return ticker.nanos() - end <= 0;
  }
}
