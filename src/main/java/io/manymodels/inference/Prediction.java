package io.manymodels.inference;

import java.util.List;

/**
 * The output of a model: {@code rowCount} rows of {@code columns} entries, row after row. One
 * column is the usual case (a class label or a number).
 */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface Prediction {

  /** Entries a row, {@code >= 1}. */
  int columns();

  /** Entries in all: rows times columns. */
  int size();

  /** Whole numbers: class labels. */
  record Integers(long[] values, int columns) implements Prediction {
    @Override
    public int size() {
      return values.length;
    }
  }

  /** Single-precision numbers, to be printed as such. */
  record Floats(float[] values, int columns) implements Prediction {
    @Override
    public int size() {
      return values.length;
    }
  }

  /** Double-precision numbers. */
  record Doubles(double[] values, int columns) implements Prediction {
    @Override
    public int size() {
      return values.length;
    }
  }

  /** Text: class labels. */
  record Texts(List<String> values, int columns) implements Prediction {
    public Texts {
      values = List.copyOf(values);
    }

    @Override
    public int size() {
      return values.size();
    }
  }
}
