package io.manymodels.tools.chaos;

import io.manymodels.tools.chaos.Event.Ended;
import io.manymodels.tools.chaos.Event.FaultBegan;
import io.manymodels.tools.chaos.Event.Outcome;
import io.manymodels.tools.chaos.Event.PinsAsked;
import io.manymodels.tools.chaos.Event.PinsSeen;
import io.manymodels.tools.chaos.Event.PoolBegan;
import io.manymodels.tools.chaos.Event.Started;
import io.manymodels.tools.chaos.Event.SwitchBegan;
import io.manymodels.tools.chaos.Timeline.Handle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The events of a history, indexed to answer what was true at an instant. Immutable once made. */
final class Chronicle {
  private static final long NEVER = Long.MAX_VALUE;

  private final Map<Integer, Timeline<Integer>> versions = new HashMap<>();
  private final Timeline<Map<Integer, String>> pools = new Timeline<>();
  private final List<Fault> faults;
  private final List<Sight> sights = new ArrayList<>();
  private final int firstVersion;

  /** A fault and when it was there; an end of {@code Long.MAX_VALUE} when it has none. */
  record Fault(FaultBegan began, long endedNanos) {
    boolean overlaps(long fromNanos, long toNanos) {
      return began.atNanos() <= toNanos && endedNanos >= fromNanos;
    }

    boolean concerns(int tenant) {
      return began.tenants().isEmpty() || began.tenants().contains(tenant);
    }
  }

  /** The pinned tenants according to a question asked and answered at these times. */
  record Sight(long askedNanos, long seenNanos, Map<Integer, String> pool) {}

  /** Throws {@link IllegalArgumentException} when the events do not make a history. */
  Chronicle(List<Event> events) {
    if (events.isEmpty() || !(events.get(0) instanceof Started started)) {
      throw new IllegalArgumentException("a history begins with the state at its start");
    }
    firstVersion = started.version();
    pools.begin(started.pool(), started.atNanos()).end(Outcome.DONE, started.atNanos());
    Map<String, Handle> open = new HashMap<>();
    Map<String, FaultBegan> began = new HashMap<>();
    Map<String, PinsAsked> asked = new HashMap<>();
    List<Fault> ended = new ArrayList<>();
    for (Event event : events.subList(1, events.size())) {
      if (event instanceof SwitchBegan change) {
        open.put(change.id(), timeline(change.tenant()).begin(change.version(), change.atNanos()));
      } else if (event instanceof PoolBegan change) {
        open.put(change.id(), pools.begin(change.pool(), change.atNanos()));
      } else if (event instanceof FaultBegan fault) {
        began.put(fault.id(), fault);
      } else if (event instanceof PinsAsked question) {
        asked.put(question.id(), question);
      } else if (event instanceof PinsSeen seen) {
        @Nullable PinsAsked question = asked.remove(seen.id());
        if (question == null) {
          throw new IllegalArgumentException(seen.id() + " was seen, but nobody asked");
        }
        sights.add(new Sight(question.atNanos(), seen.atNanos(), seen.pool()));
      } else if (event instanceof Ended end) {
        @Nullable Handle handle = open.remove(end.id());
        @Nullable FaultBegan fault = began.remove(end.id());
        if (handle != null) {
          handle.end(end.outcome(), end.atNanos());
        } else if (fault != null) {
          ended.add(new Fault(fault, end.atNanos()));
        } else {
          throw new IllegalArgumentException(end.id() + " ended, but had not begun");
        }
      } else {
        throw new IllegalArgumentException("a history starts only once: " + event);
      }
    }
    began.values().forEach(fault -> ended.add(new Fault(fault, NEVER)));
    faults = List.copyOf(ended);
  }

  private Timeline<Integer> timeline(int tenant) {
    return versions.computeIfAbsent(
        tenant,
        number -> {
          Timeline<Integer> timeline = new Timeline<>();
          timeline.begin(firstVersion, Long.MIN_VALUE).end(Outcome.DONE, Long.MIN_VALUE);
          return timeline;
        });
  }

  List<Fault> faults() {
    return faults;
  }

  /** Whether the version may have been live at some moment of the exchange. */
  boolean mayBeLive(ScoreExchange exchange) {
    int version = exchange.answer().version();
    @Nullable Timeline<Integer> timeline = versions.get(exchange.tenant());
    return timeline == null
        ? version == firstVersion
        : timeline.possible(
            exchange.sentNanos(), exchange.answeredNanos(), live -> live == version);
  }

  /** Whether the version had been made live at all by the end of the exchange. */
  boolean wasEverLive(ScoreExchange exchange) {
    int version = exchange.answer().version();
    @Nullable Timeline<Integer> timeline = versions.get(exchange.tenant());
    return timeline == null
        ? version == firstVersion
        : timeline.begunBy(exchange.answeredNanos(), live -> live == version);
  }

  /**
   * Whether the pool, at some moment of the exchange, lets the tenant be answered by the
   * deployment: it is pinned there, or not at all.
   */
  boolean mayAnswer(ScoreExchange exchange, String deployment) {
    return pools.possible(
        exchange.sentNanos(),
        exchange.answeredNanos(),
        pool -> pool.getOrDefault(exchange.tenant(), deployment).equals(deployment));
  }

  /** The number of answers about the pinned tenants. */
  int sights() {
    return sights.size();
  }

  /** Those of them that were of no pool that may have been in force. */
  List<Sight> wrongSights() {
    return sights.stream()
        .filter(
            sight ->
                !pools.possible(
                    sight.askedNanos(), sight.seenNanos(), pool -> pool.equals(sight.pool())))
        .toList();
  }

  /** Whether a deployment that the tenant may be pinned to was broken during the exchange. */
  boolean homeIsBroken(ScoreExchange exchange) {
    return faults.stream()
        .filter(fault -> fault.overlaps(exchange.sentNanos(), exchange.answeredNanos()))
        .anyMatch(
            fault ->
                pools.possible(
                    exchange.sentNanos(),
                    exchange.answeredNanos(),
                    pool -> fault.began().deployments().contains(pool.get(exchange.tenant()))));
  }

  /** Whether a fault explains how the exchange ended. */
  boolean explains(ScoreExchange exchange) {
    return faults.stream()
        .anyMatch(
            fault ->
                fault.began().explains().contains(exchange.problem())
                    && fault.concerns(exchange.tenant())
                    && fault.overlaps(exchange.sentNanos(), exchange.answeredNanos()));
  }
}
