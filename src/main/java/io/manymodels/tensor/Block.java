package io.manymodels.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Columns that lie side by side in memory: cell after cell of the first row, then of the next.
 *
 * @param names of the columns, as many as {@code width}; empty when they go by position
 * @param width cells a row, {@code >= 0}
 * @param cells the values of all cells
 * @param shapes of the cells
 * @param declared the datatype that the caller says the input of this name has; null when he says
 *     none. An input of another datatype does not take the block
 */
public record Block(
    List<String> names, int width, Cells cells, CellShapes shapes, @Nullable Datatype declared) {

  /** Throws {@link IllegalArgumentException} when names and width differ. */
  public Block {
    names = List.copyOf(names);
    if (width < 0 || (!names.isEmpty() && names.size() != width)) {
      throw new IllegalArgumentException(names.size() + " names for " + width + " columns");
    }
  }

  /** Of any datatype that its values fit. */
  public Block(List<String> names, int width, Cells cells, CellShapes shapes) {
    this(names, width, cells, shapes, null);
  }
}
