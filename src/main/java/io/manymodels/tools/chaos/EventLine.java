package io.manymodels.tools.chaos;

import io.manymodels.tools.chaos.Event.Ended;
import io.manymodels.tools.chaos.Event.FaultBegan;
import io.manymodels.tools.chaos.Event.Outcome;
import io.manymodels.tools.chaos.Event.PinsAsked;
import io.manymodels.tools.chaos.Event.PinsSeen;
import io.manymodels.tools.chaos.Event.PoolBegan;
import io.manymodels.tools.chaos.Event.Started;
import io.manymodels.tools.chaos.Event.SwitchBegan;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event as a line of JSON; what does not belong to its kind is missing.
 *
 * @param at nanoseconds of the history's clock; missing in a command, whose moment is when it is
 *     read
 */
record EventLine(
    Kind kind,
    @Nullable Long at,
    String id,
    @Nullable Integer tenant,
    @Nullable Integer version,
    @Nullable Map<Integer, String> pool,
    @Nullable String name,
    @Nullable Set<String> explains,
    @Nullable Set<Integer> tenants,
    @Nullable Set<String> deployments,
    @Nullable Outcome outcome) {

  enum Kind {
    STARTED,
    SWITCH_BEGAN,
    POOL_BEGAN,
    PINS_ASKED,
    PINS_SEEN,
    FAULT_BEGAN,
    ENDED
  }

  /** Throws {@link IllegalArgumentException}. */
  EventLine {
    if (kind == null || id == null || id.isBlank()) {
      throw new IllegalArgumentException("an event needs kind and id");
    }
  }

  static EventLine of(Event event) {
    if (event instanceof Started e) {
      return line(Kind.STARTED, e, null, e.version(), e.pool(), null, null);
    }
    if (event instanceof SwitchBegan e) {
      return line(Kind.SWITCH_BEGAN, e, e.tenant(), e.version(), null, null, null);
    }
    if (event instanceof PoolBegan e) {
      return line(Kind.POOL_BEGAN, e, null, null, e.pool(), null, null);
    }
    if (event instanceof PinsAsked e) {
      return line(Kind.PINS_ASKED, e, null, null, null, null, null);
    }
    if (event instanceof PinsSeen e) {
      return line(Kind.PINS_SEEN, e, null, null, e.pool(), null, null);
    }
    if (event instanceof FaultBegan e) {
      return line(Kind.FAULT_BEGAN, e, null, null, null, e, null);
    }
    if (event instanceof Ended e) {
      return line(Kind.ENDED, e, null, null, null, null, e.outcome());
    }
    throw new IllegalArgumentException("unknown event " + event);
  }

  private static EventLine line(
      Kind kind,
      Event event,
      @Nullable Integer tenant,
      @Nullable Integer version,
      @Nullable Map<Integer, String> pool,
      @Nullable FaultBegan fault,
      @Nullable Outcome outcome) {
    return new EventLine(
        kind,
        event.atNanos(),
        event.id(),
        tenant,
        version,
        pool,
        fault == null ? null : fault.name(),
        fault == null ? null : fault.explains(),
        fault == null ? null : fault.tenants(),
        fault == null ? null : fault.deployments(),
        outcome);
  }

  /** Throws {@link IllegalArgumentException} when something is missing. */
  Event toEvent() {
    return toEvent(needed("at", at));
  }

  /** The event at this moment. Throws as {@link #toEvent()}. */
  Event toEvent(long atNanos) {
    return switch (kind) {
      case STARTED -> new Started(atNanos, id, needed("version", version), needed("pool", pool));
      case SWITCH_BEGAN ->
          new SwitchBegan(atNanos, id, needed("tenant", tenant), needed("version", version));
      case POOL_BEGAN -> new PoolBegan(atNanos, id, needed("pool", pool));
      case PINS_ASKED -> new PinsAsked(atNanos, id);
      case PINS_SEEN -> new PinsSeen(atNanos, id, needed("pool", pool));
      case FAULT_BEGAN ->
          new FaultBegan(
              atNanos,
              id,
              needed("name", name),
              Objects.requireNonNullElse(explains, Set.of()),
              Objects.requireNonNullElse(tenants, Set.of()),
              Objects.requireNonNullElse(deployments, Set.of()));
      case ENDED -> new Ended(atNanos, id, needed("outcome", outcome));
    };
  }

  private <T> T needed(String key, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException("an event of kind " + kind + " needs " + key);
    }
    return value;
  }
}
