package io.manymodels.testing;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Time that stands still until it is told to move. Starts shortly before {@link #nanos} overflows,
 * so that every test that uses it covers the overflow. Thread-safe.
 */
public final class FakeTicker implements Ticker {
  private static final long START = Long.MAX_VALUE - Duration.ofSeconds(2).toNanos();
  private static final Instant EPOCH = Instant.parse("2026-11-23T00:00:00Z");

  private final AtomicLong nanos = new AtomicLong(START);

  public void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }

  public Deadline in(Duration wait) {
    return Deadline.after(wait, this);
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  @Override
  public Instant now() {
    return EPOCH.plusNanos(nanos.get() - START);
  }
}
