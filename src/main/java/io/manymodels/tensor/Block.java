package io.manymodels.tensor;

import java.util.List;

/**
 * Columns that lie side by side in memory: cell after cell of the first row, then of the next.
 *
 * @param names of the columns, as many as {@code width}; empty when they go by position
 * @param width cells a row, {@code >= 0}
 * @param cells the values of all cells
 * @param shapes of the cells
 */
public record Block(List<String> names, int width, Cells cells, CellShapes shapes) {

  /** Throws {@link IllegalArgumentException} when names and width differ. */
  public Block {
    names = List.copyOf(names);
    if (width < 0 || (!names.isEmpty() && names.size() != width)) {
      throw new IllegalArgumentException(names.size() + " names for " + width + " columns");
    }
  }
}
