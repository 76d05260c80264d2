package io.manymodels.tools.simulation;

/**
 * Decides which tenants are placed while a trace is replayed. Stateless: each replay begins with
 * empty places, and the same trace has the same outcome.
 */
public interface SimulatedPolicy {
  /** The name that users give it, in lower case. */
  String name();

  /** Asks for every request of the trace in turn and counts by the rules of {@link Outcome}. */
  Outcome replay(Trace trace, Places places);
}
