package io.manymodels.tools.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The times when something stood still. A request that took this long, or was sent this late, shows
 * that a replica or the whole machine was silent for as long as it takes until others answer in its
 * place. Immutable once made.
 */
final class Stalls {
  private static final long SILENT_NANOS = Duration.ofMillis(800).toNanos();

  /** So long the silent one may be passed over after it has spoken again. */
  private static final long AFTER_NANOS = Duration.ofSeconds(2).toNanos();

  private record Window(long fromNanos, long toNanos) {}

  /** The windows by their beginnings; they do not overlap. */
  private final TreeMap<Long, Long> windows = new TreeMap<>();

  Stalls(History history) {
    List<Window> found = new ArrayList<>();
    history.forEach(
        exchange -> {
          if (exchange.answeredNanos() - exchange.dueNanos() >= SILENT_NANOS) {
            found.add(new Window(exchange.dueNanos(), exchange.answeredNanos() + AFTER_NANOS));
          }
        });
    found.sort(Comparator.comparingLong(Window::fromNanos));
    for (Window window : found) {
      Map.Entry<Long, Long> before = windows.lastEntry();
      if (before != null && before.getValue() >= window.fromNanos()) {
        windows.put(before.getKey(), Math.max(before.getValue(), window.toNanos()));
      } else {
        windows.put(window.fromNanos(), window.toNanos());
      }
    }
  }

  /** Whether something stood still while the exchange was under way, or just before. */
  boolean during(ScoreExchange exchange) {
    Map.Entry<Long, Long> last = windows.floorEntry(exchange.answeredNanos());
    return last != null && last.getValue() >= exchange.sentNanos();
  }
}
