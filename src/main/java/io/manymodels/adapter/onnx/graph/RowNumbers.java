package io.manymodels.adapter.onnx.graph;

import java.util.List;
import java.util.Set;

/** Tells a list of row numbers, such as ids, from a matrix where a file declares neither. */
final class RowNumbers {
  /** Operators that make rows of what has more dimensions, as the average of a sequence. */
  private static final Set<String> TAKES_SEQUENCES =
      Set.of(
          "Conv",
          "Flatten",
          "GRU",
          "LSTM",
          "RNN",
          "ReduceMax",
          "ReduceMean",
          "ReduceSum",
          "Reshape",
          "Squeeze",
          "Transpose");

  private final Uses uses;
  private final Constants constants;

  RowNumbers(Uses uses, Constants constants) {
    this.uses = uses;
    this.constants = constants;
  }

  /**
   * Whether a value only says which rows of constant tables are taken, and these go on as rows:
   * then it has one number for each row.
   */
  boolean are(String value) {
    List<Uses.Use> all = uses.of(value);
    return !all.isEmpty() && all.stream().allMatch(this::takesRows);
  }

  private boolean takesRows(Uses.Use use) {
    GraphNode node = use.node();
    return node.is("Gather")
        && use.input() == 1
        && node.integer("axis", 0) == 0
        && constants.dims(node.input(0)).filter(dims -> dims.size() == 2).isPresent()
        && uses.of(node.output(0)).stream()
            .noneMatch(next -> TAKES_SEQUENCES.contains(next.node().operator()));
  }
}
