package io.manymodels.tensor;

import java.util.List;

/**
 * The answer of a model to some rows.
 *
 * @param first the value of the model's first output
 * @param outputs those that were asked for by name, in the model's order; else empty
 */
public record Prediction(OutputValue first, List<Named> outputs) {
  /**
   * An output's value.
   *
   * @param name of the output
   * @param datatype of its elements in the model; of a map, of its values
   */
  public record Named(String name, Datatype datatype, OutputValue value) {}

  public Prediction {
    outputs = List.copyOf(outputs);
  }

  /** One number a row, or {@code columns} of them. */
  public static Prediction of(double[] values, int columns) {
    return of(new Cells.Doubles(values), columns);
  }

  /** One whole number a row, or {@code columns} of them: class labels. */
  public static Prediction of(long[] values, int columns) {
    return of(new Cells.Longs(values), columns);
  }

  /** One value a row, or {@code columns} of them. */
  public static Prediction of(Cells cells, int columns) {
    int[] shape =
        columns == 1
            ? new int[] {cells.size()}
            : new int[] {cells.size() / Math.max(1, columns), columns};
    return new Prediction(new OutputValue.Tensor(cells, shape), List.of());
  }
}
