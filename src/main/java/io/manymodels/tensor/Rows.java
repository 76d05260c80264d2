package io.manymodels.tensor;

import java.util.List;

/**
 * Rows to predict for, in the form in which a caller sent them, and which outputs are wanted. Which
 * cell goes to which input of a model is for {@link Binding} to say, which knows the signature.
 *
 * @param form how the cells find the model's inputs
 * @param count of the rows, {@code >= 1}
 * @param blocks of columns: one, or one for each input that {@link Form#INPUTS} names
 * @param outputs that are wanted
 */
public record Rows(Form form, int count, List<Block> blocks, Outputs outputs) {

  /** How the cells of the rows find the inputs of a model. */
  public enum Form {
    /** By position: each row is a list of cells. */
    DATA(0),
    /** By position: each row is the only cell, without a list around it. */
    BARE_DATA(1),
    /**
     * By position: each row is one list, and they differ in length. The block has one column, whose
     * cells are the rows.
     */
    RAGGED_DATA(2),
    /** By the names of columns, which stand once. */
    COLUMNS(3),
    /** By the names of columns, which stand in every row. */
    RECORDS(4),
    /**
     * By the names of inputs. Each block has one column, whose cells are rows of that input; or of
     * the column of this name, when its cells are single values.
     */
    INPUTS(5),
    /** The same, but the only block goes to the only input, whatever its name is. */
    ANY_INPUT(6),
    /**
     * As {@link #COLUMNS}; but a model whose only input is a matrix without names for its columns
     * takes the cells by position, as Python's libraries do with a DataFrame.
     */
    FRAME(7),
    /** As {@link #RECORDS}, with the exception of {@link #FRAME}. */
    FRAME_RECORDS(8),
    /** As {@link #FRAME}. All cells are texts, and stand for values of the inputs' datatypes. */
    WRITTEN(9);

    private static final Form[] BY_CODE = values();
    private final byte code;

    Form(int code) {
      this.code = (byte) code;
    }

    /** The form of this code; throws {@link IllegalArgumentException}. */
    public static Form of(byte code) {
      if (code < 0 || code >= BY_CODE.length) {
        throw new IllegalArgumentException("no form of rows has the code " + code);
      }
      return BY_CODE[code];
    }

    /** What stands for it between replicas. */
    public byte code() {
      return code;
    }
  }

  /** Throws {@link IllegalArgumentException} when a block holds another number of values. */
  public Rows {
    blocks = List.copyOf(blocks);
    if (count < 1 || blocks.isEmpty()) {
      throw new IllegalArgumentException(count + " rows in " + blocks.size() + " blocks");
    }
    // By index, for this is done for each request, and iterators showed in its profile.
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      int cells = Math.multiplyExact(count, block.width());
      if (block.shapes().values(cells) != block.cells().size()) {
        throw new IllegalArgumentException(
            count + " rows of " + block.width() + " cells hold not " + block.cells().size());
      }
    }
  }

  /** Rows of {@code width} numbers by position, row after row, for the first output. */
  public static Rows matrix(int count, int width, double[] values) {
    return new Rows(
        Form.DATA,
        count,
        List.of(new Block(List.of(), width, new Cells.Doubles(values), CellShapes.SCALARS)),
        Outputs.FIRST);
  }

  /** The same rows, with these outputs wanted. */
  public Rows wanting(Outputs wanted) {
    return wanted.equals(outputs) ? this : new Rows(form, count, blocks, wanted);
  }

  /** Values in all cells together. */
  public int values() {
    int values = 0;
    // By index, as above.
    for (int i = 0; i < blocks.size(); i++) {
      values += blocks.get(i).cells().size();
    }
    return values;
  }

  /**
   * Where a cell stands in the caller's document, as an RFC 6901 pointer: {@code /data/3/1}, {@code
   * /records/3/plan} or {@code /inputs/user_id/3}.
   */
  public String pointer(Block block, int row, int column) {
    return switch (form) {
      case DATA, COLUMNS, FRAME, WRITTEN -> "/data/" + row + "/" + column;
      case BARE_DATA, RAGGED_DATA -> "/data/" + row;
      case RECORDS, FRAME_RECORDS -> "/records/" + row + "/" + escaped(block.names().get(column));
      case INPUTS, ANY_INPUT -> "/inputs/" + escaped(block.names().get(column)) + "/" + row;
    };
  }

  /** Where a row stands in the caller's document; of inputs by name, in the first. */
  public String pointer(int row) {
    return switch (form) {
      case DATA, BARE_DATA, RAGGED_DATA, COLUMNS, FRAME, WRITTEN -> "/data/" + row;
      case RECORDS, FRAME_RECORDS -> "/records/" + row;
      case INPUTS, ANY_INPUT -> pointer(blocks.get(0), row, 0);
    };
  }

  /** A name as part of a pointer. */
  public static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  /**
   * A number that is the same for the same rows, and in all likelihood another one for others: the
   * bits of the values, multiplied and folded one after the other. Fast, because replicas take it
   * of every request; not for use against those who look for two rows of the same number.
   */
  public long fingerprint() {
    return Fingerprint.of(this);
  }
}
