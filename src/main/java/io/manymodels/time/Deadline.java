package io.manymodels.time;

import java.time.Duration;

/**
 * An instant after which nobody waits for the answer any more. It travels between processes as the
 * remaining time, so clocks need not agree. Immutable.
 */
public final class Deadline {
  private final Ticker ticker;
  private final long atNanos;

  private Deadline(Ticker ticker, long atNanos) {
    this.ticker = ticker;
    this.atNanos = atNanos;
  }

  /** The moment {@code wait} from now; a negative wait has passed already. */
  public static Deadline after(Duration wait, Ticker ticker) {
    return new Deadline(ticker, ticker.nanos() + wait.toNanos());
  }

  /** The earlier of this and {@code wait} from now. */
  public Deadline atMost(Duration wait) {
    long other = ticker.nanos() + wait.toNanos();
    return other - atNanos < 0 ? new Deadline(ticker, other) : this;
  }

  /** The moment {@code longer} after this one. */
  public Deadline plus(Duration longer) {
    return new Deadline(ticker, atNanos + longer.toNanos());
  }

  /** Whole milliseconds left, rounded up; 0 when passed. */
  public long remainingMillis() {
    long nanos = atNanos - ticker.nanos();
    return nanos <= 0 ? 0 : (nanos + 999_999) / 1_000_000;
  }

  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, atNanos - ticker.nanos()));
  }

  /** Whether this is earlier than the other, which has the same ticker. */
  public boolean isBefore(Deadline other) {
    return atNanos - other.atNanos < 0;
  }

  public boolean passed() {
    return atNanos - ticker.nanos() <= 0;
  }
}
