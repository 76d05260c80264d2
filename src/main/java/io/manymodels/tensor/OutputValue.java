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
  record ByClass(Cells keys, Cells values) implements OutputValue {
    public ByClass {
      requireKeys(keys);
      if (keys.size() == 0 ? values.size() > 0 : values.size() % keys.size() != 0) {
        throw new IllegalArgumentException("there is not a value for each key of each row");
      }
    }
  }

  /**
   * One object.
   *
   * @param keys texts or whole numbers
   * @param values as many
   */
  record Entries(Cells keys, Cells values) implements OutputValue {
    public Entries {
      requireKeys(keys);
      if (values.size() != keys.size()) {
        throw new IllegalArgumentException("there is not a value for each key");
      }
    }
  }

  private static void requireKeys(Cells keys) {
    if (keys.size() > 0 && !(keys instanceof Cells.Texts || keys instanceof Cells.Longs)) {
      throw new IllegalArgumentException("keys are texts or whole numbers");
    }
  }

  /** A list, of a length of its own. */
  record Sequence(List<OutputValue> values) implements OutputValue {
    public Sequence {
      values = List.copyOf(values);
    }
  }
}
