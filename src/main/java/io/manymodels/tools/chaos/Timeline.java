package io.manymodels.tools.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * The possible values of a setting over time, as far as the confirmations of its changes tell.
 * Changes of one timeline are made one after the other. Not thread-safe.
 */
final class Timeline<V> {
  private static final long NEVER = Long.MAX_VALUE;

  private final List<Change<V>> changes = new ArrayList<>();

  private static final class Change<V> {
    final V value;
    final long begunNanos;
    long confirmedNanos = NEVER;
    boolean refused;

    Change(V value, long begunNanos) {
      this.value = value;
      this.begunNanos = begunNanos;
    }
  }

  /** A change begins; what it returns is to be told how it ended. */
  Handle begin(V value, long atNanos) {
    Change<V> change = new Change<>(Objects.requireNonNull(value), atNanos);
    changes.add(change);
    return (outcome, endedNanos) -> {
      change.refused = outcome == Event.Outcome.REFUSED;
      change.confirmedNanos = outcome == Event.Outcome.DONE ? endedNanos : NEVER;
    };
  }

  /** The end of a change. */
  interface Handle {
    void end(Event.Outcome outcome, long atNanos);
  }

  /**
   * Whether a value that passes may have been in force at some moment from one to the other: its
   * change had begun by the end, and no later change was confirmed before the beginning.
   */
  boolean possible(long fromNanos, long toNanos, Predicate<V> test) {
    for (int i = changes.size() - 1; i >= 0; i--) {
      Change<V> change = changes.get(i);
      if (change.refused || change.begunNanos > toNanos) {
        continue;
      }
      if (test.test(change.value)) {
        return true;
      }
      if (change.confirmedNanos <= fromNanos) {
        return false;
      }
    }
    return false;
  }

  /** Whether the change to a value that passes had begun by then, however long ago. */
  boolean begunBy(long atNanos, Predicate<V> test) {
    return changes.stream()
        .anyMatch(
            change -> !change.refused && change.begunNanos <= atNanos && test.test(change.value));
  }
}
