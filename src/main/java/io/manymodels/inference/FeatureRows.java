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
}
