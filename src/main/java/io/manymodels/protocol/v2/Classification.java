package io.manymodels.protocol.v2;

import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The largest elements of each row as texts: {@code value:position}, and {@code :class} where the
 * model names its classes. Source: triton-inference-server/server,
 * docs/protocol/extension_classification.md and src/classification.cc. Stateless.
 */
final class Classification {
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
              .sorted(Comparator.comparingDouble(i -> -rank(output.cells(), start + i)))
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

  /** What is no number comes last. */
  private static double rank(Cells cells, int index) {
    double number = cells.number(index);
    return Double.isNaN(number) ? Double.NEGATIVE_INFINITY : number;
  }

  private static String text(OutputTensor output, int index, int position) {
    double number = output.cells().number(index);
    String value =
        output.datatype().isFloating()
            ? String.format(Locale.ROOT, "%f", number)
            : String.valueOf((long) number);
    return value + ":" + position + label(output.classes(), position);
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
