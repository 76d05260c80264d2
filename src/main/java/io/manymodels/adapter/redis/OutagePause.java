package io.manymodels.adapter.redis;

import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Optional;

/**
 * A pause after a failed connection: calls fail at once for a while, then a single call tries for
 * all. So a server that is away does not cost every caller the wait for a connection. Thread-safe.
 */
final class OutagePause {
  private final Ticker ticker;
  private final long nanos;
  private Optional<String> reason = Optional.empty();
  private long untilNanos;

  OutagePause(Duration length, Ticker ticker) {
    this.ticker = ticker;
    this.nanos = length.toNanos();
  }

  /** Why not to try now; empty when the caller may try, and has to report what it found. */
  synchronized Optional<String> reasonNotToTry() {
    if (reason.isPresent() && leftNanos() == 0) {
      untilNanos = ticker.nanos() + nanos;
      return Optional.empty();
    }
    return reason;
  }

  /** Nobody tries, for the length of the pause from now. */
  synchronized void begin(String why) {
    reason = Optional.of(why);
    untilNanos = ticker.nanos() + nanos;
  }

  /** The server has answered. */
  synchronized void end() {
    reason = Optional.empty();
  }

  /** 0 when the next caller may try. */
  synchronized long leftNanos() {
    return reason.isEmpty() ? 0 : Math.max(0, untilNanos - ticker.nanos());
  }
}
