package io.manymodels.tensor;

import io.manymodels.model.ServingException;
import io.manymodels.tensor.InputRows.Target;
import io.manymodels.tensor.Rows.Form;
import java.util.List;

/** The faults of rows whose cells go to the inputs by position. Stateless. */
final class PositionFault {
  private PositionFault() {}

  /** A row is a cell without a list around it, and the input takes lists. */
  static ServingException bare(Rows rows, ModelInput input) {
    Cells cells = rows.blocks().get(0).cells();
    return Mismatch.ofKind(
        rows.pointer(0), "expected " + RowShape.of(input) + ", got " + kind(cells.kind(0)));
  }

  private static String kind(Cells.Kind kind) {
    return switch (kind) {
      case TEXT -> "a string";
      case TRUTH -> "a boolean";
      case MISSING -> "null";
      default -> "a number";
    };
  }

  /** All rows have so many cells, and the only input takes another number of them. */
  static ServingException width(Rows rows, ModelInput input, int got) {
    return Mismatch.of(rows.pointer(0), RowShape.length(input, got));
  }

  /** The rows have not as many cells as the inputs together take. */
  static ServingException of(Rows rows, List<Target> targets) {
    long expected = 0;
    for (Target target : targets) {
      long width = target.input().shape().size() == 2 ? target.input().width() : 1;
      if (width == Signature.FREE) {
        return Mismatch.of(
            rows.pointer(0),
            "by position it is not clear which cells go to which input, as "
                + SomeNames.quoted(target.input().name())
                + " takes any number; send columns or inputs");
      }
      expected += width;
    }
    String names = SomeNames.of(targets.stream().map(target -> target.input().name()).toList());
    String detail = "expected " + expected + " cells, for the inputs " + names + ", got ";
    if (rows.form() == Form.BARE_DATA) {
      return Mismatch.ofKind(rows.pointer(0), detail + "one");
    }
    Block block = rows.blocks().get(0);
    if (rows.form() == Form.DATA) {
      return Mismatch.of(rows.pointer(0), detail + block.width());
    }
    for (int row = 0; row < rows.count(); row++) {
      int cells = block.shapes().dimensions(row)[0];
      if (cells != expected) {
        return Mismatch.of(rows.pointer(row), detail + cells);
      }
    }
    throw new IllegalStateException("rows of different lengths all have " + expected + " cells");
  }
}
