package io.manymodels.protocol.v2;

import io.manymodels.model.ServingException;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.SomeNames;
import java.util.Arrays;
import java.util.Locale;

/**
 * What a client declares of an input. Nothing is allocated for what a shape promises.
 *
 * @param name of the input
 * @param datatype of its elements
 * @param shape its dimensions, the first of which is the row; empty for a scalar. Immutable by
 *     convention
 */
@SuppressWarnings("ArrayRecordComponent")
public record TensorHead(String name, Datatype datatype, int[] shape) {
  private static final int MAX_RANK = 16;

  /**
   * Checks what came.
   *
   * @param datatype by its name in the protocol
   * @throws ServingException {@code INVALID_INPUT} when there is no such datatype, or the shape is
   *     negative, of more than 16 dimensions, or of more than 2^31 - 1 elements
   */
  public static TensorHead of(String name, String datatype, long... shape) {
    return new TensorHead(name, datatype(name, datatype), checked(name, shape));
  }

  private static Datatype datatype(String name, String datatype) {
    for (Datatype each : Datatype.values()) {
      if (each.name().equals(datatype)) {
        return each;
      }
    }
    String all = String.join(", ", Arrays.stream(Datatype.values()).map(Enum::name).toList());
    String upper = datatype.toUpperCase(Locale.ROOT);
    String hint = all.contains(upper) && !upper.equals(datatype) ? "; write it in capitals" : "";
    throw V2Faults.ofInput(
        name,
        "there is no datatype " + SomeNames.quoted(datatype) + hint + "; those there are: " + all);
  }

  private static int[] checked(String name, long[] shape) {
    if (shape.length > MAX_RANK) {
      throw V2Faults.ofInput(
          name, "its shape has more than " + MAX_RANK + " dimensions, which is the most");
    }
    int[] checked = new int[shape.length];
    long elements = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] < 0) {
        throw V2Faults.ofInput(
            name,
            "its shape "
                + Arrays.toString(shape)
                + " has a negative dimension; send the number of rows and columns that there are");
      }
      // Each factor is below 2^31, so that the product does not overflow before it is checked.
      elements = Math.min(shape[i], Integer.MAX_VALUE + 1L) * elements;
      if (elements > Integer.MAX_VALUE || shape[i] > Integer.MAX_VALUE) {
        throw V2Faults.ofInput(
            name, "its shape " + Arrays.toString(shape) + " has more elements than any tensor");
      }
      checked[i] = (int) shape[i];
    }
    return checked;
  }

  /** Elements of a tensor of this shape. */
  public int elements() {
    int elements = 1;
    for (int dimension : shape) {
      elements *= dimension;
    }
    return elements;
  }

  /** The size of the first dimension; 1 of a scalar. */
  int rows() {
    return shape.length == 0 ? 1 : shape[0];
  }

  /** The dimensions of a row. */
  int[] rowShape() {
    return shape.length == 0 ? shape : Arrays.copyOfRange(shape, 1, shape.length);
  }
}
