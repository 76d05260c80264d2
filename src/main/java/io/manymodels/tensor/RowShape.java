package io.manymodels.tensor;

import java.util.Arrays;

/** The shape of a row in messages and pointers. Stateless. */
final class RowShape {
  private static final double EXACT = 1L << 53;

  private RowShape() {}

  /**
   * Throws unless a row of this input may have these dimensions: {@code INVALID_INPUT} when it is
   * nested otherwise, {@code INPUT_MISMATCH} when a list has another length.
   */
  static void check(ModelInput input, int[] shape, String pointer) {
    int rank = Math.max(0, input.shape().size() - 1);
    if (shape.length != rank) {
      throw Mismatch.ofKind(pointer, "expected " + of(input) + ", got " + of(shape));
    }
    for (int i = 0; i < rank; i++) {
      long expected = input.shape().get(i + 1);
      if (expected == Signature.FREE ? shape[i] == 0 : expected != shape[i]) {
        throw Mismatch.of(
            pointer,
            rank == 1 ? length(input, shape[0]) : "expected " + of(input) + ", got " + of(shape));
      }
    }
  }

  /** The fault of a row that is a list of another length. */
  static String length(ModelInput input, int got) {
    long width = input.width();
    String expected = width == Signature.FREE ? "at least one " : width + " ";
    return "expected " + expected + noun(input, width) + ", got " + got;
  }

  private static String noun(ModelInput input, long count) {
    String noun =
        switch (input.datatype()) {
          case BYTES -> "string";
          case BOOL -> "boolean";
          default -> "number";
        };
    return count == 1 || count == Signature.FREE ? noun : noun + "s";
  }

  /**
   * A row of the input, as {@code an array of 4 numbers} or {@code arrays of [14, any] numbers}.
   */
  static String of(ModelInput input) {
    int rank = input.shape().size() - 1;
    if (rank <= 0) {
      return "a " + noun(input, 1);
    }
    if (rank == 1) {
      long width = input.width();
      return width == Signature.FREE
          ? "an array of any length, of " + noun(input, 2)
          : "an array of " + width + " " + noun(input, width);
    }
    StringBuilder sizes = new StringBuilder();
    for (long dimension : input.shape().subList(1, rank + 1)) {
      sizes.append(sizes.isEmpty() ? "" : ", ");
      sizes.append(dimension == Signature.FREE ? "any" : String.valueOf(dimension));
    }
    return "nested arrays of the sizes [" + sizes + "]";
  }

  private static String of(int[] shape) {
    return switch (shape.length) {
      case 0 -> "one value";
      case 1 -> "an array of " + shape[0];
      default -> "nested arrays of the sizes " + Arrays.toString(shape);
    };
  }

  /** The end of a pointer to one element of a tensor: an index for each dimension. */
  static String path(int[] shape, int element) {
    StringBuilder path = new StringBuilder();
    int rest = element;
    for (int i = shape.length - 1; i >= 0; i--) {
      int size = Math.max(1, shape[i]);
      path.insert(0, "/" + rest % size);
      rest /= size;
    }
    return path.toString();
  }

  /** A number as a person writes it: a whole one without a fraction. */
  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) <= EXACT
        ? String.valueOf((long) value)
        : String.valueOf(value);
  }
}
