package io.manymodels.tensor;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Rows of numbers for a model that takes nothing else, row after row. Immutable by convention, as
 * {@link Cells}.
 *
 * @param count of the rows
 * @param width numbers a row
 * @param values {@code count * width}; NaN where a value is missing
 */
@SuppressWarnings("ArrayRecordComponent")
public record Matrix(int count, int width, double[] values) {

  /**
   * The rows as a matrix, for a model whose only input is one of {@link Datatype#FP64}, as {@link
   * Signature#ofMatrix} has it.
   *
   * @throws io.manymodels.model.ServingException as {@link Binding#bind}
   */
  public static Matrix of(Binding binding, Rows rows) {
    InputRows input = Objects.requireNonNull(binding.bind(rows).get(0));
    int width = input.count(0);
    for (int row = 1; row < rows.count() && !input.isUniform(); row++) {
      if (input.count(row) != width) {
        throw Mismatch.of(
            rows.pointer(row),
            "expected " + width + " numbers as in the first row, got " + input.count(row));
      }
    }
    double[] values = new double[Math.multiplyExact(rows.count(), width)];
    ByteBuffer bytes = ByteBuffer.allocate(width * Double.BYTES);
    for (int row = 0; row < rows.count(); row++) {
      input.write(bytes.clear(), row);
      bytes.flip().asDoubleBuffer().get(values, row * width, width);
    }
    return new Matrix(rows.count(), width, values);
  }
}
