package io.manymodels.time;

import java.time.Clock;
import java.time.Instant;

/**
 * The source of time, injected so that tests step it. Thread-safe.
 *
 * <p>{@link #nanos()} is only good for differences, which stay right when it overflows; {@link
 * #now()} is for people to read, and for what outlives a process.
 */
public interface Ticker {
  Ticker SYSTEM =
      new Ticker() {
        private final Clock clock = Clock.systemUTC();

        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public Instant now() {
          return clock.instant();
        }
      };

  /** Nanoseconds from an arbitrary origin. */
  long nanos();

  /** The wall clock. */
  Instant now();
}
