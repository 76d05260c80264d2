package io.manymodels.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows for trying a model of which nothing but its signature is known. Stateless. */
public final class Trial {
  /** More values than this are not made up for one row. */
  private static final int MAX_VALUES = 1 << 24;

  private static final Rows NO_ROW = Rows.matrix(1, 1, new double[1]);

  private Trial() {}

  /**
   * Rows for a version that is used so: the example of its publisher, else zeros, else a row that
   * most models refuse.
   */
  public static Rows rows(Usage usage) {
    if (usage.example().isPresent()) {
      return usage.example().get();
    }
    try {
      return usage.signature().map(signature -> zeros(signature, 1)).orElse(NO_ROW);
    } catch (IllegalArgumentException tooLarge) {
      return NO_ROW;
    }
  }

  /**
   * Zeros, empty texts and false for each input that is required, one where a dimension is free.
   *
   * @param count of the rows
   * @throws IllegalArgumentException when a row would be too large
   */
  public static Rows zeros(Signature signature, int count) {
    List<Block> blocks = new ArrayList<>();
    for (ModelInput input : signature.inputs()) {
      if (!input.optional()) {
        blocks.add(zeros(input, count));
      }
    }
    if (blocks.isEmpty()) {
      blocks.add(zeros(signature.inputs().get(0), count));
    }
    return new Rows(Rows.Form.INPUTS, count, blocks, Outputs.ALL);
  }

  private static Block zeros(ModelInput input, int count) {
    int rank = Math.max(0, input.shape().size() - 1);
    int[] dimensions = new int[rank];
    double values = count;
    for (int i = 0; i < rank; i++) {
      dimensions[i] = (int) Math.max(1, input.shape().get(i + 1));
      values *= dimensions[i];
    }
    if (values > MAX_VALUES) {
      throw new IllegalArgumentException(
          "a row of "
              + SomeNames.quoted(input.name())
              + " has more than "
              + MAX_VALUES
              + " values");
    }
    return new Block(
        List.of(input.name()),
        1,
        zeros(input.datatype(), (int) values),
        CellShapes.uniform(dimensions));
  }

  private static Cells zeros(Datatype type, int size) {
    if (type != Datatype.BYTES) {
      return new Cells.Doubles(new double[size]);
    }
    String[] texts = new String[size];
    Arrays.fill(texts, "");
    return new Cells.Texts(texts);
  }
}
