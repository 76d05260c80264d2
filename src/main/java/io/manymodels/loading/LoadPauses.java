package io.manymodels.loading;

import io.manymodels.loading.LoadRecords.AbandonedLoad;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Decides how long a model is not loaded after replicas died while they loaded it. The pause grows
 * with every death. One death without a shortage of memory may be a coincidence and causes none.
 */
final class LoadPauses {
  /** After one death, after two, and after more. */
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10));

  private LoadPauses() {}

  /** The time that is left of the pause; empty when the model may be loaded. */
  static Optional<Duration> left(List<AbandonedLoad> deaths, Instant now) {
    if (deaths.isEmpty() || (deaths.size() == 1 && !deaths.get(0).greedy())) {
      return Optional.empty();
    }
    Duration pause = PAUSES.get(Math.min(deaths.size(), PAUSES.size()) - 1);
    Instant last = Collections.max(deaths.stream().map(AbandonedLoad::last).toList());
    Duration left = pause.minus(Duration.between(last, now));
    // A clock that was set back must not lengthen the pause.
    return left.isNegative() || left.compareTo(pause) > 0 ? Optional.empty() : Optional.of(left);
  }
}
