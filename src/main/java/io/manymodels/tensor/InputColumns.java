package io.manymodels.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Columns of a table that come as inputs of their own, which is how MLServer's pandas codec sends a
 * DataFrame (mlserver/codecs/pandas.py, 1.7.1). Stateless.
 */
final class InputColumns {
  private InputColumns() {}

  /**
   * Whether these are columns of the model, and not its inputs.
   *
   * @param inputs the names of the model's inputs
   * @param columns the names of its columns, of which an input without names is one
   */
  static boolean areColumns(Rows rows, Set<String> inputs, Set<String> columns) {
    boolean areInputs = true;
    for (int i = 0; i < rows.blocks().size(); i++) {
      Block block = rows.blocks().get(i);
      String name = block.names().get(0);
      if (!columns.contains(name) || !hasOneValueEach(block)) {
        return false;
      }
      areInputs &= inputs.contains(name);
    }
    return !areInputs;
  }

  private static boolean hasOneValueEach(Block block) {
    if (!(block.shapes() instanceof CellShapes.Uniform uniform)) {
      return false;
    }
    int[] cell = uniform.dimensions();
    return cell.length == 0 || (cell.length == 1 && cell[0] == 1);
  }

  /** The same rows with all their columns in one block. */
  static Rows merged(Rows rows) {
    int width = rows.blocks().size();
    int count = rows.count();
    byte[] kinds = new byte[count * width];
    long[] bits = new long[count * width];
    String[] texts = new String[count * width];
    Arrays.fill(texts, "");
    List<String> names = new ArrayList<>(width);
    for (int column = 0; column < width; column++) {
      Block block = rows.blocks().get(column);
      names.add(block.names().get(0));
      for (int row = 0; row < count; row++) {
        int to = row * width + column;
        kinds[to] = block.cells().kind(row).code();
        bits[to] = bits(block.cells(), row);
        texts[to] = text(block.cells(), row);
      }
    }
    Block all = new Block(names, width, new Cells.Mixed(kinds, bits, texts), CellShapes.SCALARS);
    return new Rows(rows.form(), count, List.of(all), rows.outputs());
  }

  private static long bits(Cells cells, int index) {
    if (cells instanceof Cells.Mixed mixed) {
      return mixed.bits()[index];
    }
    if (cells instanceof Cells.Longs longs) {
      return longs.values()[index];
    }
    return switch (cells.kind(index)) {
      case NUMBER -> Double.doubleToRawLongBits(cells.number(index));
      case TRUTH -> (long) cells.number(index);
      default -> 0;
    };
  }

  private static String text(Cells cells, int index) {
    if (cells instanceof Cells.Texts texts) {
      return texts.values()[index];
    }
    return cells instanceof Cells.Mixed mixed && mixed.texts().length > 0
        ? mixed.texts()[index]
        : "";
  }
}
