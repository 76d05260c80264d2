package io.manymodels.placing;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;

/**
 * When SharedMemory compares what the replicas hold with the table: at an interval, and only every
 * five seconds while all is as it should be and nobody asks for anything. Thread-confined.
 */
final class ReconcilePace {
  static final Duration SELDOM = Duration.ofSeconds(5);

  private final Ticker ticker;
  private Deadline soon;
  private Deadline next;

  /** The first comparison is due now. */
  ReconcilePace(Ticker ticker) {
    this.ticker = ticker;
    this.soon = Deadline.after(Duration.ZERO, ticker);
    this.next = soon;
  }

  /** When it is due if nobody asks for anything before. */
  Deadline next() {
    return next;
  }

  /** Whether it is due for somebody who asks now, or by its time. */
  boolean due() {
    next = soon;
    return soon.passed();
  }

  /** A comparison begins; the next is due after the interval. */
  void begin(Duration interval) {
    soon = Deadline.after(interval, ticker);
    next = soon;
  }

  /** The comparison has found that there is nothing to do. */
  void rest() {
    next = soon.remaining().compareTo(SELDOM) < 0 ? Deadline.after(SELDOM, ticker) : soon;
  }

  /** The next comparison is due now. */
  void hurry() {
    begin(Duration.ZERO);
  }
}
