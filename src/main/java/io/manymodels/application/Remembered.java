package io.manymodels.application;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A value that is looked up anew when it has become too old, by one at a time, so that many who ask
 * are one question. Thread-safe.
 */
final class Remembered<T> {
  private final Supplier<T> look;
  private final Duration age;
  private volatile @Nullable Seen<T> last;

  private record Seen<T>(T value, Deadline until) {}

  /**
   * Looks nothing up yet.
   *
   * @param look may block and throw
   * @param age from which on a value is too old
   */
  Remembered(Supplier<T> look, Duration age) {
    this.look = look;
    this.age = age;
  }

  /** The value. Blocks for as long as a look takes, and throws what it throws. */
  T get() {
    @Nullable Seen<T> seen = last;
    return seen == null || seen.until().passed() ? looked() : seen.value();
  }

  private synchronized T looked() {
    @Nullable Seen<T> seen = last;
    if (seen == null || seen.until().passed()) {
      seen = new Seen<>(look.get(), Deadline.after(age, Ticker.SYSTEM));
      last = seen;
    }
    return seen.value();
  }
}
