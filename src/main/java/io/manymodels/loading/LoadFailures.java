package io.manymodels.loading;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Failed loads, each remembered for a pause that doubles with every further failure, so that a
 * broken model cannot eat the registry. Bounded. Thread-safe.
 *
 * @param <K> what failed
 */
final class LoadFailures<K> {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(60);
  private static final int REMEMBERED = 10_000;

  /** How long failures are kept after their pause, to know the next pause. */
  private static final Duration MEMORY = Duration.ofMinutes(5);

  private record Failure(ServingException cause, int times, Deadline pause) {}

  private final Ticker ticker;
  private final Cache<K, Failure> failures;

  LoadFailures(Ticker ticker) {
    this.ticker = ticker;
    this.failures =
        Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .expireAfter(
                Expiry.<K, Failure>writing(
                    (key, failure) -> failure.pause().remaining().plus(MEMORY)))
            .build();
  }

  /** The failure, while the load must not be tried again. */
  Optional<ServingException> pausing(K key) {
    @Nullable Failure failure = failures.getIfPresent(key);
    return failure == null || failure.pause().passed()
        ? Optional.empty()
        : Optional.of(failure.cause());
  }

  /** The last failure that is remembered. */
  Optional<ServingException> last(K key) {
    return Optional.ofNullable(failures.getIfPresent(key)).map(Failure::cause);
  }

  void remember(K key, ServingException cause) {
    @Nullable Failure before = failures.getIfPresent(key);
    int times = before == null ? 1 : before.times() + 1;
    Duration pause =
        switch (cause.code()) {
          // No faults of the model.
          case MODEL_NOT_FOUND, STORE_UNAVAILABLE, OVERLOADED -> FIRST_PAUSE;
          default -> {
            Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(times - 1, 10));
            yield doubled.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : doubled;
          }
        };
    failures.put(key, new Failure(cause, times, Deadline.after(pause, ticker)));
  }

  void forget(K key) {
    failures.invalidate(key);
  }
}
