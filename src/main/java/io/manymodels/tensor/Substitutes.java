package io.manymodels.tensor;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stands for missing values in the columns of one input. Immutable. */
final class Substitutes {
  private final @Nullable Cells[] byColumn;
  private final @Nullable Cells forAll;

  /** Throws {@link IllegalArgumentException} when one is no value of the input's datatype. */
  Substitutes(ModelInput input) {
    List<String> columns = input.columns();
    this.forAll = value(input, input.missing().get(input.name()));
    this.byColumn = new Cells[input.missing().isEmpty() ? 0 : columns.size()];
    for (int i = 0; i < byColumn.length; i++) {
      byColumn[i] = value(input, input.missing().get(columns.get(i)));
    }
  }

  /** One cell; null when nothing stands for a missing value in this column. */
  @Nullable Cells of(int column) {
    return column < byColumn.length && byColumn[column] != null ? byColumn[column] : forAll;
  }

  private static @Nullable Cells value(ModelInput input, @Nullable String text) {
    if (text == null) {
      return null;
    }
    Cells value = parsed(input, text);
    ByteBuffer unused = ByteBuffer.allocate(Long.BYTES);
    if (input.datatype() != Datatype.BYTES
        && Encoding.put(unused, input.datatype(), value, 0) != Encoding.Fit.FITS) {
      throw refused(input, text, null);
    }
    return value;
  }

  private static Cells parsed(ModelInput input, String text) {
    if (input.datatype() == Datatype.BYTES) {
      return new Cells.Texts(new String[] {text});
    }
    if (input.datatype() == Datatype.BOOL && (text.equals("true") || text.equals("false"))) {
      return new Cells.Truths(new boolean[] {text.equals("true")});
    }
    try {
      return input.datatype().isWhole()
          ? new Cells.Longs(new long[] {Long.parseLong(text)})
          : new Cells.Doubles(new double[] {Double.parseDouble(text)});
    } catch (NumberFormatException e) {
      throw refused(input, text, e);
    }
  }

  private static IllegalArgumentException refused(
      ModelInput input, String text, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "missing: "
            + SomeNames.quoted(text)
            + " stands for a missing value of '"
            + input.name()
            + "', which takes "
            + input.datatype().description(),
        cause);
  }
}
