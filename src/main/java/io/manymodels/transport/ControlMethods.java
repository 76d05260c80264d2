package io.manymodels.transport;

import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * The methods of a replica that other replicas call by name, beside predictions. Immutable.
 *
 * @param byName each takes and returns bytes, may block until the deadline that its argument names,
 *     and may be called by several threads at once
 * @param digest of the replica's state: another number as soon as a report of it would differ in
 *     anything that its reader acts on; 0 where nobody keeps a report. Called on event loops, so it
 *     must be quick
 */
public record ControlMethods(Map<String, UnaryOperator<byte[]>> byName, LongSupplier digest) {
  /** Of a replica that can only be asked for predictions. */
  public static final ControlMethods NONE = new ControlMethods(Map.of(), () -> 0);

  public ControlMethods {
    byName = Map.copyOf(byName);
  }
}
