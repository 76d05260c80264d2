package io.manymodels.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Takes outputs apart into their rows, and puts rows together. Stateless. */
public final class Stack {
  private Stack() {}

  /**
   * The entry of one row.
   *
   * @param batch rows that were asked for together
   * @throws IllegalArgumentException when the value has not an entry for each of them
   */
  public static OutputValue row(OutputValue value, int row, int batch) {
    if (value instanceof OutputValue.Tensor tensor) {
      int[] shape = tensor.shape();
      if (shape.length > 0 && shape[0] == batch) {
        int size = tensor.cells().size() / batch;
        return new OutputValue.Tensor(
            slice(tensor.cells(), row * size, (row + 1) * size),
            Arrays.copyOfRange(shape, 1, shape.length));
      }
    } else if (value instanceof OutputValue.ByClass byClass) {
      int size = byClass.keys().size();
      if (byClass.values().size() == size * batch) {
        return new OutputValue.Entries(
            byClass.keys(), slice(byClass.values(), row * size, (row + 1) * size));
      }
    } else if (value instanceof OutputValue.Sequence sequence
        && sequence.values().size() == batch) {
      return sequence.values().get(row);
    }
    if (batch == 1) {
      return value;
    }
    throw new IllegalArgumentException("it has not one entry for each row");
  }

  /**
   * The rows as one value: a tensor when they all are tensors of one shape and type, else a list.
   */
  public static OutputValue of(List<OutputValue> rows) {
    if (rows.get(0) instanceof OutputValue.Tensor first
        && rows.stream().allMatch(row -> isLike(row, first))) {
      List<Cells> cells = new ArrayList<>(rows.size());
      rows.forEach(row -> cells.add(((OutputValue.Tensor) row).cells()));
      return new OutputValue.Tensor(join(cells), CellShapes.ofList(rows.size(), first.shape()));
    }
    return new OutputValue.Sequence(rows);
  }

  private static boolean isLike(OutputValue row, OutputValue.Tensor first) {
    return row instanceof OutputValue.Tensor tensor
        && Arrays.equals(tensor.shape(), first.shape())
        && !(tensor.cells() instanceof Cells.Mixed)
        && tensor.cells().getClass().equals(first.cells().getClass());
  }

  private static Cells slice(Cells cells, int from, int to) {
    if (cells instanceof Cells.Floats floats) {
      return new Cells.Floats(Arrays.copyOfRange(floats.values(), from, to));
    }
    if (cells instanceof Cells.Doubles doubles) {
      return new Cells.Doubles(Arrays.copyOfRange(doubles.values(), from, to));
    }
    if (cells instanceof Cells.Longs longs) {
      return new Cells.Longs(Arrays.copyOfRange(longs.values(), from, to));
    }
    if (cells instanceof Cells.Truths truths) {
      return new Cells.Truths(Arrays.copyOfRange(truths.values(), from, to));
    }
    if (cells instanceof Cells.Texts texts) {
      return new Cells.Texts(Arrays.copyOfRange(texts.values(), from, to));
    }
    Cells.Mixed mixed = (Cells.Mixed) cells;
    return new Cells.Mixed(
        Arrays.copyOfRange(mixed.kinds(), from, to),
        Arrays.copyOfRange(mixed.bits(), from, to),
        mixed.texts().length == 0 ? mixed.texts() : Arrays.copyOfRange(mixed.texts(), from, to));
  }

  /** Cells of one class, which is not {@link Cells.Mixed}, one after the other. */
  private static Cells join(List<Cells> parts) {
    int size = parts.stream().mapToInt(Cells::size).sum();
    Cells first = parts.get(0);
    if (first instanceof Cells.Floats) {
      return new Cells.Floats(copied(parts, new float[size]));
    }
    if (first instanceof Cells.Doubles) {
      return new Cells.Doubles(copied(parts, new double[size]));
    }
    if (first instanceof Cells.Longs) {
      return new Cells.Longs(copied(parts, new long[size]));
    }
    if (first instanceof Cells.Truths) {
      return new Cells.Truths(copied(parts, new boolean[size]));
    }
    return new Cells.Texts(copied(parts, new String[size]));
  }

  /** {@code target} is an array of the type that the parts hold. */
  @SuppressWarnings("SuspiciousSystemArraycopy")
  private static <T> T copied(List<Cells> parts, T target) {
    int position = 0;
    for (Cells part : parts) {
      System.arraycopy(array(part), 0, target, position, part.size());
      position += part.size();
    }
    return target;
  }

  private static Object array(Cells cells) {
    if (cells instanceof Cells.Floats floats) {
      return floats.values();
    }
    if (cells instanceof Cells.Doubles doubles) {
      return doubles.values();
    }
    if (cells instanceof Cells.Longs longs) {
      return longs.values();
    }
    return cells instanceof Cells.Truths truths ? truths.values() : ((Cells.Texts) cells).values();
  }
}
