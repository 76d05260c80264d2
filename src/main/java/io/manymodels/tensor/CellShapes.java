package io.manymodels.tensor;

import java.util.Arrays;

/**
 * The shape of each cell of a {@link Block}. A cell is one value, or a list of them with any number
 * of dimensions. Immutable by convention, as {@link Cells}.
 */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface CellShapes {
  /** Every cell is one value. */
  CellShapes SCALARS = new Uniform(new int[0]);

  /** The dimensions of the cell with this number; empty for one value. */
  int[] dimensions(int cell);

  /** Where the values of the cell begin. */
  int start(int cell);

  /** The values in as many cells. */
  int values(int cells);

  /** The dimensions of a list of so many things that have these dimensions. */
  static int[] ofList(int length, int[] dimensions) {
    int[] list = new int[dimensions.length + 1];
    list[0] = length;
    System.arraycopy(dimensions, 0, list, 1, dimensions.length);
    return list;
  }

  /** All cells of one shape. */
  static CellShapes uniform(int... dimensions) {
    return dimensions.length == 0 ? SCALARS : new Uniform(dimensions);
  }

  /** The values in a cell of these dimensions; throws {@link ArithmeticException} over 2^31. */
  static int values(int[] dimensions) {
    int values = 1;
    for (int dimension : dimensions) {
      values = Math.multiplyExact(values, dimension);
    }
    return values;
  }

  /** All cells have these dimensions. */
  record Uniform(int[] dimensions) implements CellShapes {
    @Override
    public int[] dimensions(int cell) {
      return dimensions;
    }

    @Override
    public int start(int cell) {
      return cell * CellShapes.values(dimensions);
    }

    @Override
    public int values(int cells) {
      return Math.multiplyExact(cells, CellShapes.values(dimensions));
    }
  }

  /**
   * Each cell has its own.
   *
   * @param all dimensions, cell by cell
   * @param starts where the values of each cell begin, and where the last ones end
   */
  record Each(int[][] all, int[] starts) implements CellShapes {
    @Override
    public int[] dimensions(int cell) {
      return all[cell];
    }

    @Override
    public int start(int cell) {
      return starts[cell];
    }

    @Override
    public int values(int cells) {
      return starts[cells];
    }
  }

  /** The shapes of cells with these dimensions, in the simplest form that says them. */
  static CellShapes of(int[][] all) {
    boolean same = true;
    int[] starts = new int[all.length + 1];
    for (int i = 0; i < all.length; i++) {
      same &= Arrays.equals(all[0], all[i]);
      starts[i + 1] = Math.addExact(starts[i], values(all[i]));
    }
    return same && all.length > 0 ? uniform(all[0]) : new Each(all, starts);
  }
}
