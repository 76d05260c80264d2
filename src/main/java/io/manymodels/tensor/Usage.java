package io.manymodels.tensor;

import java.util.Optional;

/**
 * How a version of a model is used.
 *
 * @param signature with the names and substitutes that its publisher gave; empty of a version that
 *     was published without one: then it is read when the model is loaded
 * @param example rows that the model answers, by its publisher; the trial of every load
 */
public record Usage(Optional<Signature> signature, Optional<Rows> example) {
  /** Nothing is known. */
  public static final Usage UNKNOWN = new Usage(Optional.empty(), Optional.empty());
}
