package io.manymodels.protocol.v2;

import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Cells.Kind;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.Encoding;
import java.math.BigInteger;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The largest elements of each row as texts: {@code value:position}, and {@code :class} where the
 * model names its classes. Source: triton-inference-server/server,
 * docs/protocol/extension_classification.md and src/classification.cc. Stateless.
 */
final class Classification {
  /** Below, no two whole numbers are the same double. */
  private static final double EXACT = 0x1p53;

  private Classification() {}

  /**
   * The classification of an output.
   *
   * @param most elements of a row, at least 1; a shorter row gives all it has
   * @throws io.manymodels.model.ServingException {@code INVALID_INPUT} for an output of texts
   */
  static OutputTensor of(OutputTensor output, int most) {
    if (output.datatype() == Datatype.BYTES) {
      throw V2Faults.ofOutput(output.name(), "only numbers have a classification");
    }
    boolean byRow = output.shape().length > 1 || output.classes().size() == 0;
    int rows = byRow && output.shape().length > 0 ? output.shape()[0] : 1;
    int width = rows == 0 ? 0 : output.cells().size() / rows;
    int kept = Math.min(most, width);
    String[] texts = new String[rows * kept];
    for (int row = 0; row < rows; row++) {
      int start = row * width;
      int[] best =
          IntStream.range(0, width)
              .boxed()
              .sorted((a, b) -> compare(output.cells(), start + b, start + a))
              .limit(kept)
              .mapToInt(Integer::intValue)
              .toArray();
      for (int i = 0; i < kept; i++) {
        texts[row * kept + i] = text(output, start + best[i], best[i]);
      }
    }
    return new OutputTensor(
        output.name(),
        Datatype.BYTES,
        byRow ? new int[] {rows, kept} : new int[] {kept},
        new Cells.Texts(texts),
        OutputTensor.NO_CLASSES,
        output.binary());
  }

  private static int compare(Cells cells, int a, int b) {
    int compared = Double.compare(rank(cells, a), rank(cells, b));
    return compared != 0 || Math.abs(rank(cells, a)) < EXACT || cells.kind(a) == Kind.NUMBER
        ? compared
        : whole(cells, a).compareTo(whole(cells, b));
  }

  private static BigInteger whole(Cells cells, int index) {
    return new BigInteger(Encoding.text(cells, index));
  }

  /** What is no number comes last. */
  private static double rank(Cells cells, int index) {
    double number = cells.number(index);
    return Double.isNaN(number) ? Double.NEGATIVE_INFINITY : number;
  }

  private static String text(OutputTensor output, int index, int position) {
    return value(output, index) + ":" + position + label(output.classes(), position);
  }

  /** As C prints it. */
  private static String value(OutputTensor output, int index) {
    Cells cells = output.cells();
    double number = cells.number(index);
    if (cells.kind(index) == Kind.WHOLE || cells.kind(index) == Kind.UNSIGNED) {
      return Encoding.text(cells, index);
    }
    if (!output.datatype().isFloating()) {
      return String.valueOf((long) number);
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    return Double.isNaN(number) ? "nan" : String.format(Locale.ROOT, "%f", number);
  }

  private static String label(Cells classes, int position) {
    if (position >= classes.size()) {
      return "";
    }
    return classes instanceof Cells.Texts texts
        ? ":" + texts.values()[position]
        : ":" + ((Cells.Longs) classes).values()[position];
  }
}
