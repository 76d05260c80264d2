package io.manymodels.tensor;

import java.util.List;

/**
 * The value of one output. Numbers may be NaN or infinite. Immutable by convention, as {@link
 * Cells}.
 */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface OutputValue {

  /**
   * A tensor.
   *
   * @param cells its elements, the last dimension next to each other
   * @param shape its dimensions; empty for a scalar
   */
  record Tensor(Cells cells, int[] shape) implements OutputValue {
    public Tensor {
      if (CellShapes.values(shape) != cells.size()) {
        throw new IllegalArgumentException(cells.size() + " elements do not fit the shape");
      }
    }
  }

  /**
   * An object for each row, all with the same keys.
   *
   * @param keys texts or whole numbers
   * @param values as many for each row, row after row
   */
  record ByClass(Cells keys, Cells values) implements OutputValue {}

  /**
   * One object.
   *
   * @param keys texts or whole numbers
   * @param values as many
   */
  record Entries(Cells keys, Cells values) implements OutputValue {}

  /** A list, of a length of its own. */
  record Sequence(List<OutputValue> values) implements OutputValue {
    public Sequence {
      values = List.copyOf(values);
    }
  }
}
