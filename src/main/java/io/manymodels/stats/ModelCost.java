package io.manymodels.stats;

/**
 * The cost of a loaded model, as measured where it was loaded.
 *
 * @param weightBytes of memory, {@code >= 0}
 * @param loadMicros from the start of the load, reading included, until it could predict, {@code >=
 *     0}
 */
public record ModelCost(long weightBytes, long loadMicros) {

  /** Throws {@link IllegalArgumentException} when a figure is negative. */
  public ModelCost {
    if (weightBytes < 0 || loadMicros < 0) {
      throw new IllegalArgumentException("weightBytes and loadMicros must not be negative");
    }
  }
}
