package io.manymodels.tools.chaos;

import java.util.Map;
import java.util.Set;

/**
 * An action of an operator or a fault, at an instant of the history's clock. An action that takes
 * time has two events: one before anybody can see its effect, and an {@link Ended} after it.
 */
sealed interface Event {
  long atNanos();

  /** Two events of one matter have the same name, which no other has. */
  String id();

  /**
   * The state in which the history begins.
   *
   * @param version of every tenant
   * @param pool pinned tenants, to their deployments' Serve names
   */
  record Started(long atNanos, String id, int version, Map<Integer, String> pool) implements Event {
    public Started {
      pool = Map.copyOf(pool);
    }
  }

  /** From now on the version may be live. */
  record SwitchBegan(long atNanos, String id, int tenant, int version) implements Event {}

  /** From now on these tenants, and no others, may be pinned. */
  record PoolBegan(long atNanos, String id, Map<Integer, String> pool) implements Event {
    public PoolBegan {
      pool = Map.copyOf(pool);
    }
  }

  /** A question which tenants are pinned. */
  record PinsAsked(long atNanos, String id) implements Event {}

  /** The answer to it. */
  record PinsSeen(long atNanos, String id, Map<Integer, String> pool) implements Event {
    public PinsSeen {
      pool = Map.copyOf(pool);
    }
  }

  /**
   * From now on something is broken.
   *
   * @param name of the fault
   * @param explains the problems that requests may end with because of it
   * @param tenants the tenants that it may affect; empty: all
   * @param deployments hot deployments whose pinned tenants may be answered by Deploymentx
   */
  record FaultBegan(
      long atNanos,
      String id,
      String name,
      Set<String> explains,
      Set<Integer> tenants,
      Set<String> deployments)
      implements Event {
    public FaultBegan {
      explains = Set.copyOf(explains);
      tenants = Set.copyOf(tenants);
      deployments = Set.copyOf(deployments);
    }
  }

  /** How a matter ended. */
  enum Outcome {
    /** It was confirmed, or the fault and its effects are over. */
    DONE,
    /** It was refused: it did not happen and will not. */
    REFUSED,
    /** Nobody knows: it may have happened, or may yet happen. */
    UNKNOWN
  }

  /** The matter has ended. */
  record Ended(long atNanos, String id, Outcome outcome) implements Event {}
}
