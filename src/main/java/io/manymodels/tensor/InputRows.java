package io.manymodels.tensor;

import io.manymodels.model.ServingException;
import io.manymodels.tensor.Cells.Kind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The rows of one input of a model, found in what a caller sent. Immutable. */
public final class InputRows {
  private static final int[] NO_DIMENSIONS = {};

  private enum Source {
    /** A row is some cells of one value each. */
    VALUES,
    /** A row is one cell of any shape. */
    CELL,
    /** A row is the list of all its cells, which have one shape. */
    ALL_CELLS
  }

  private final ModelInput input;
  private final Substitutes substitutes;
  private final Rows rows;
  private final Block block;
  private final Source source;
  private final int[] columns;

  private InputRows(Target target, Rows rows, Block block, Source source, int... columns) {
    this.input = target.input();
    this.substitutes = target.substitutes();
    this.rows = rows;
    this.block = block;
    this.source = source;
    this.columns = columns;
  }

  /**
   * An input, with what stands for its missing values.
   *
   * @param position in the signature
   */
  record Target(int position, ModelInput input, Substitutes substitutes) {
    Target(int position, ModelInput input) {
      this(position, input, new Substitutes(input));
    }
  }

  /** A row is the cells in these columns. Throws {@code INVALID_INPUT} when one is a list. */
  static InputRows ofColumns(Target target, Rows rows, Block block, int... columns) {
    InputRows found = new InputRows(target, rows, block, Source.VALUES, columns);
    found.requireValues();
    return found;
  }

  /** A row is the cell in this column. Throws {@code INPUT_MISMATCH} when it has another shape. */
  static InputRows ofCell(Target target, Rows rows, Block block, int column) {
    InputRows found = new InputRows(target, rows, block, Source.CELL, column);
    found.checkShapes();
    return found;
  }

  /** A row is a list of its cells. Throws {@code INPUT_MISMATCH} when it has another shape. */
  static InputRows ofAllCells(Target target, Rows rows, Block block) {
    InputRows found = new InputRows(target, rows, block, Source.ALL_CELLS, 0);
    found.requireAlike();
    found.checkShapes();
    return found;
  }

  public ModelInput input() {
    return input;
  }

  /** Whether all rows have one shape. */
  public boolean isUniform() {
    return source == Source.VALUES || !(block.shapes() instanceof CellShapes.Each);
  }

  /** The dimensions of a row, without the one that counts the rows. */
  public int[] shape(int row) {
    return switch (source) {
      case VALUES -> input.shape().size() < 2 ? NO_DIMENSIONS : new int[] {columns.length};
      case CELL -> fitted(block.shapes().dimensions(cell(row, columns[0])));
      case ALL_CELLS -> listOfAll(row);
    };
  }

  private int[] listOfAll(int row) {
    int[] inner = block.width() == 0 ? NO_DIMENSIONS : block.shapes().dimensions(cell(row, 0));
    return CellShapes.ofList(block.width(), inner);
  }

  private int cell(int row, int column) {
    return row * block.width() + column;
  }

  /** A value stands for a list of one, and the other way round, where the input has one column. */
  private int[] fitted(int[] cell) {
    int rank = input.shape().size();
    if (rank == 2 && cell.length == 0 && input.width() == 1) {
      return new int[] {1};
    }
    return rank < 2 && cell.length == 1 && cell[0] == 1 ? NO_DIMENSIONS : cell;
  }

  private void checkShapes() {
    int count = isUniform() ? 1 : rows.count();
    for (int row = 0; row < count; row++) {
      RowShape.check(input, shape(row), pointer(row));
    }
  }

  private String pointer(int row) {
    return source == Source.CELL ? rows.pointer(block, row, columns[0]) : rows.pointer(row);
  }

  private void requireAlike() {
    if (isUniform()) {
      return;
    }
    for (int row = 0; row < rows.count(); row++) {
      int[] first = block.shapes().dimensions(cell(row, 0));
      for (int column = 1; column < block.width(); column++) {
        if (!Arrays.equals(first, block.shapes().dimensions(cell(row, column)))) {
          throw Mismatch.of(rows.pointer(row), "the lists in it are not of one length");
        }
      }
    }
  }

  private void requireValues() {
    if (block.shapes() == CellShapes.SCALARS) {
      return;
    }
    for (int row = 0; row < rows.count(); row++) {
      for (int column : columns) {
        if (block.shapes().dimensions(cell(row, column)).length > 0) {
          throw Mismatch.ofKind(
              rows.pointer(block, row, column),
              "expected " + input.datatype().description() + ", got an array");
        }
      }
    }
  }

  /**
   * Appends a row as elements of the input's datatype, in the buffer's byte order.
   *
   * @throws ServingException {@code INPUT_MISMATCH} when a value does not fit the datatype, {@code
   *     INVALID_INPUT} when it is of another kind
   */
  public void write(ByteBuffer target, int row) {
    int count = count(row);
    boolean run = count > 0 && isRun();
    if (run && Encoding.putAll(target, input.datatype(), block.cells(), index(row, 0), count)) {
      return;
    }
    if (run && block.cells() instanceof Cells.Doubles doubles) {
      int start = index(row, 0);
      for (int i = 0; i < count; i++) {
        if (!Encoding.put(target, input.datatype(), doubles.values()[start + i])) {
          throw refused(Encoding.Fit.OTHER_VALUE, row, i);
        }
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      int position = target.position();
      Cells cells = block.cells();
      int index = index(row, i);
      if (rows.form() == Rows.Form.WRITTEN && cells.kind(index) == Kind.TEXT) {
        cells = WrittenCell.of(input.datatype(), textAt(index));
        index = 0;
      }
      Encoding.Fit fit = Encoding.put(target, input.datatype(), cells, index);
      @Nullable Cells substitute = cells.kind(index) == Kind.MISSING ? substitutes.of(i) : null;
      if (substitute != null) {
        fit = Encoding.put(target.position(position), input.datatype(), substitute, 0);
      }
      if (fit != Encoding.Fit.FITS) {
        throw refused(fit, row, i);
      }
    }
  }

  /**
   * Puts the texts of a row from this position on; returns the next one. Throws as {@link
   * #write(ByteBuffer, int)}.
   */
  public int write(String[] target, int position, int row) {
    int count = count(row);
    for (int i = 0; i < count; i++) {
      target[position + i] = text(row, i);
    }
    return position + count;
  }

  private String text(int row, int element) {
    int index = index(row, element);
    return switch (block.cells().kind(index)) {
      case TEXT -> textAt(index);
      case MISSING -> {
        if (substitutes.of(element) instanceof Cells.Texts texts) {
          yield texts.values()[0];
        }
        throw refused(Encoding.Fit.NO_VALUE, row, element);
      }
      default -> throw refused(Encoding.Fit.OTHER_KIND, row, element);
    };
  }

  private String textAt(int index) {
    return block.cells() instanceof Cells.Texts texts
        ? texts.values()[index]
        : ((Cells.Mixed) block.cells()).texts()[index];
  }

  /** Elements of a row. */
  public int count(int row) {
    return source == Source.VALUES ? columns.length : CellShapes.values(shape(row));
  }

  /** Whether the elements of a row lie one after the other. */
  private boolean isRun() {
    return source != Source.VALUES || (columns.length == block.width() && inOrder());
  }

  private boolean inOrder() {
    return block.names().isEmpty() || columns.length == 1;
  }

  private int index(int row, int element) {
    return source == Source.VALUES
        ? block.shapes().start(cell(row, columns[element]))
        : block.shapes().start(cell(row, columns[0])) + element;
  }

  /** {@code INPUT_MISMATCH}, with a pointer to a row of this input. */
  public ServingException mismatch(int row, String detail) {
    return Mismatch.of(pointer(row), detail);
  }

  private ServingException refused(Encoding.Fit fit, int row, int element) {
    String pointer =
        source == Source.VALUES
            ? rows.pointer(block, row, columns[element])
            : pointer(row) + RowShape.path(given(row), element);
    String expected = "expected " + input.datatype().description();
    String got = ", got " + described(index(row, element));
    return switch (fit) {
      case OTHER_KIND -> Mismatch.ofKind(pointer, expected + got);
      case NO_VALUE ->
          Mismatch.of(
              pointer,
              expected
                  + ", and null is none; send a value, or publish the model with one that stands"
                  + " for it (--missing)");
      default -> Mismatch.of(pointer, expected + got);
    };
  }

  /** The dimensions as the caller wrote them. */
  private int[] given(int row) {
    return source == Source.CELL ? block.shapes().dimensions(cell(row, columns[0])) : shape(row);
  }

  private String described(int index) {
    Cells cells = block.cells();
    return switch (cells.kind(index)) {
      case TEXT -> "a string";
      case TRUTH -> "a boolean";
      case MISSING -> "null";
      case NUMBER -> written(cells, index);
      case WHOLE, UNSIGNED -> Encoding.text(cells, index);
    };
  }

  private static String written(Cells cells, int index) {
    String digits =
        cells instanceof Cells.Mixed mixed && mixed.texts().length > 0 ? mixed.texts()[index] : "";
    return digits.isEmpty() ? RowShape.number(cells.number(index)) : digits;
  }
}
