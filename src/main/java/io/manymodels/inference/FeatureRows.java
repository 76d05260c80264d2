package io.manymodels.inference;

/**
 * Rows of numbers to predict for, row after row in one array. Immutable by convention: nobody
 * writes to the array after construction, and it is not copied because it is on the path of every
 * request.
 *
 * @param rowCount {@code >= 1}
 * @param width numbers a row, {@code >= 1}
 * @param values {@code rowCount * width} finite numbers
 */
@SuppressWarnings("ArrayRecordComponent")
public record FeatureRows(int rowCount, int width, double[] values) {

  /** Throws {@link IllegalArgumentException} when the three do not fit together. */
  public FeatureRows {
    if (rowCount < 1 || width < 1 || (long) rowCount * width != values.length) {
      throw new IllegalArgumentException(
          rowCount + " rows of " + width + " numbers do not make " + values.length + " values");
    }
  }

  /**
   * A number that is the same for the same rows, and in all likelihood another one for others: the
   * bits of the values, multiplied and folded one after the other. Fast, because replicas take it
   * of every request; not for use against those who look for two rows of the same number.
   */
  public long fingerprint() {
    long hash = 0x9E3779B97F4A7C15L * rowCount + width;
    for (double value : values) {
      hash = (hash ^ Double.doubleToRawLongBits(value)) * 0xBF58476D1CE4E5B9L;
      hash ^= hash >>> 32;
    }
    return hash;
  }
}
