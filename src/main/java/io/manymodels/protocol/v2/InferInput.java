package io.manymodels.protocol.v2;

import io.manymodels.model.ServingException;
import io.manymodels.tensor.Cells;
import java.util.Arrays;

/**
 * One input of a request.
 *
 * @param head what the client declares of it
 * @param cells its elements, row-major
 */
public record InferInput(TensorHead head, Cells cells) {

  /**
   * Throws {@link ServingException} {@code INVALID_INPUT} when the shape needs another number of
   * elements.
   */
  public InferInput {
    if (cells.size() != head.elements()) {
      throw V2Faults.ofInput(
          head.name(),
          "its shape "
              + Arrays.toString(head.shape())
              + " needs "
              + head.elements()
              + " elements, got "
              + cells.size());
    }
  }
}
