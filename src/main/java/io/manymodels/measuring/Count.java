package io.manymodels.measuring;

import java.util.concurrent.atomic.LongAdder;

/** A counter of one series. Thread-safe; adding takes no lock. */
public final class Count {
  private final LongAdder sum = new LongAdder();

  Count() {}

  public void increment() {
    sum.increment();
  }

  /**
   * @param more {@code >= 0}
   */
  public void add(long more) {
    sum.add(more);
  }

  /** All that was counted since the process began. */
  public long value() {
    return sum.sum();
  }
}
