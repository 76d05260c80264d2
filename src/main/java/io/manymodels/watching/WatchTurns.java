package io.manymodels.watching;

import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which replica is told next: the one that was told the longest ago, and that is not being told.
 * One that did not answer is left alone for a second, then for four times as long each time, up to
 * a minute. Thread-safe.
 */
final class WatchTurns {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final int FACTOR = 4;

  private static final class Turn {
    private boolean underWay;
    private Duration pause = Duration.ZERO;
    private Deadline pauseEnd;

    private Turn(Deadline pauseEnd) {
      this.pauseEnd = pauseEnd;
    }
  }

  private final Ticker ticker;

  /** In the order of turns. */
  private final Map<ReplicaId, Turn> turns = new LinkedHashMap<>();

  WatchTurns(Ticker ticker) {
    this.ticker = ticker;
  }

  /** From now on these are told, and no others. */
  synchronized void retain(Collection<ReplicaId> there) {
    turns.keySet().retainAll(there);
    there.forEach(replica -> turns.computeIfAbsent(replica, same -> new Turn(now())));
  }

  private Deadline now() {
    return Deadline.after(Duration.ZERO, ticker);
  }

  /** How many are told. */
  synchronized int size() {
    return turns.size();
  }

  /** Begins the turn of the next one that is wanted; empty when none is free. */
  synchronized Optional<ReplicaId> begin(Predicate<ReplicaId> wanted) {
    Optional<ReplicaId> next = next(wanted);
    next.ifPresent(
        replica -> {
          @Nullable Turn turn = turns.remove(replica);
          if (turn != null) {
            turn.underWay = true;
            turns.put(replica, turn);
          }
        });
    return next;
  }

  /** Whether one that is wanted is free. */
  synchronized boolean isFree(Predicate<ReplicaId> wanted) {
    return next(wanted).isPresent();
  }

  private Optional<ReplicaId> next(Predicate<ReplicaId> wanted) {
    return turns.entrySet().stream()
        .filter(each -> !each.getValue().underWay && each.getValue().pauseEnd.passed())
        .map(Map.Entry::getKey)
        .filter(wanted)
        .findFirst();
  }

  /**
   * Ends a turn.
   *
   * @return whether it is the first one that failed after one that did not
   */
  synchronized boolean end(ReplicaId replica, boolean answered) {
    @Nullable Turn turn = turns.get(replica);
    if (turn == null) {
      return false;
    }
    turn.underWay = false;
    boolean first = turn.pause.isZero() && !answered;
    turn.pause = answered ? Duration.ZERO : longer(turn.pause);
    turn.pauseEnd = Deadline.after(turn.pause, ticker);
    return first;
  }

  private static Duration longer(Duration pause) {
    Duration longer = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(FACTOR);
    return longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }
}
