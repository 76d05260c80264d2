package io.manymodels.json;

import io.manymodels.tensor.Block;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Cells.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Grows with the cells that are read: an array of doubles as long as these say all, and values of
 * any kind from the first other one on. Not thread-safe.
 */
final class CellBuffer {
  private static final int FIRST_SIZE = 16;
  private static final int[] SCALAR = {};
  private static final String NO_TEXT = "";

  private double[] numbers = new double[FIRST_SIZE];
  private byte @Nullable [] kinds;
  private long[] bits = {};
  private String[] texts = {};
  private int size;
  private int cells;

  /** The dimensions of each cell so far, from the first cell on that is a list. */
  private @Nullable List<int[]> shapes;

  void add(double number) {
    if (kinds != null) {
      add(Kind.NUMBER, Double.doubleToRawLongBits(number));
      return;
    }
    if (size == numbers.length) {
      numbers = Arrays.copyOf(numbers, size * 2);
    }
    numbers[size++] = number;
  }

  /** A number that a double only comes near to, with what was written for it, for messages. */
  void add(double number, String written) {
    add(Kind.NUMBER, Double.doubleToRawLongBits(number), written);
  }

  /** A value that is no number of double precision. */
  void add(Kind kind, long itsBits) {
    byte[] mixed = mixed();
    if (size == mixed.length) {
      mixed = Arrays.copyOf(mixed, size * 2);
      kinds = mixed;
      bits = Arrays.copyOf(bits, size * 2);
      texts = texts.length == 0 ? texts : grown(texts, size * 2);
    }
    mixed[size] = kind.code();
    bits[size++] = itsBits;
  }

  void add(String text) {
    add(Kind.TEXT, 0, text);
  }

  private void add(Kind kind, long itsBits, String text) {
    if (texts.length == 0) {
      byte[] mixed = mixed();
      texts = new String[mixed.length];
      Arrays.fill(texts, NO_TEXT);
    }
    add(kind, itsBits);
    texts[size - 1] = text;
  }

  /** Adds the one cell of another buffer. */
  void append(CellBuffer other) {
    for (int i = 0; i < other.size; i++) {
      if (other.kinds == null) {
        add(other.numbers[i]);
      } else if (other.texts.length > 0) {
        add(Kind.of(other.kinds[i]), other.bits[i], other.texts[i]);
      } else {
        add(Kind.of(other.kinds[i]), other.bits[i]);
      }
    }
    endCell(other.shape(0));
  }

  /** The values since the last cell are one. */
  void endScalar() {
    endCell(SCALAR);
  }

  /** The values since the last cell are a list, or lists in a list. */
  void endCell(int[] dimensions) {
    if (shapes == null && dimensions.length > 0) {
      shapes = new ArrayList<>();
      for (int i = 0; i < cells; i++) {
        shapes.add(SCALAR);
      }
    }
    if (shapes != null) {
      shapes.add(dimensions);
    }
    cells++;
  }

  private int[] shape(int cell) {
    return shapes == null ? SCALAR : shapes.get(cell);
  }

  /** The next cells from this one on have one shape. */
  boolean alike(int cell, int count) {
    for (int i = 1; i < count; i++) {
      if (!Arrays.equals(shape(cell), shape(cell + i))) {
        return false;
      }
    }
    return true;
  }

  /** Each of these groups of cells, which are alike, becomes one cell, a list of them. */
  void group(int[] lengths) {
    List<int[]> grouped = new ArrayList<>(lengths.length);
    int cell = 0;
    for (int length : lengths) {
      int[] inner = length == 0 ? SCALAR : shape(cell);
      grouped.add(CellShapes.ofList(length, inner));
      cell += length;
    }
    shapes = grouped;
    cells = lengths.length;
  }

  /** What was read, in rows of so many cells. */
  Block block(List<String> names, int width) {
    return new Block(
        names,
        width,
        values(),
        shapes == null ? CellShapes.SCALARS : CellShapes.of(shapes.toArray(int[][]::new)));
  }

  private Cells values() {
    if (kinds == null) {
      return new Cells.Doubles(Arrays.copyOf(numbers, size));
    }
    return new Cells.Mixed(
        Arrays.copyOf(kinds, size),
        Arrays.copyOf(bits, size),
        texts.length == 0 ? texts : Arrays.copyOf(texts, size));
  }

  private byte[] mixed() {
    if (kinds == null) {
      kinds = new byte[numbers.length];
      bits = new long[numbers.length];
      for (int i = 0; i < size; i++) {
        kinds[i] = Kind.NUMBER.code();
        bits[i] = Double.doubleToRawLongBits(numbers[i]);
      }
      numbers = new double[0];
    }
    return kinds;
  }

  private static String[] grown(String[] texts, int length) {
    String[] grown = Arrays.copyOf(texts, length);
    Arrays.fill(grown, texts.length, length, NO_TEXT);
    return grown;
  }
}
