package io.manymodels.tensor;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A value that came as a text, as in a table of comma-separated values: what it is, the datatype
 * says that is to hold it. Stateless.
 */
final class WrittenCell {
  /** No value, as pandas reads a table (pandas/_libs/parsers.pyx, {@code STR_NA_VALUES}, 2.3). */
  private static final Set<String> MISSING =
      Set.of(
          "",
          "NA",
          "N/A",
          "n/a",
          "#N/A",
          "#N/A N/A",
          "#NA",
          "<NA>",
          "NaN",
          "nan",
          "-NaN",
          "-nan",
          "NULL",
          "null",
          "None",
          "1.#IND",
          "1.#QNAN",
          "-1.#IND",
          "-1.#QNAN");

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?");
  private static final int MAX_LENGTH = 100;
  private static final double EXACT = 0x1p53;

  private WrittenCell() {}

  /** One cell: the text itself when it is no value of this datatype. */
  static Cells of(Datatype type, String text) {
    if (type == Datatype.BYTES) {
      return text(text);
    }
    String value = text.strip();
    if (MISSING.contains(value)) {
      return one(Cells.Kind.MISSING, 0);
    }
    if (value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false")) {
      return new Cells.Truths(new boolean[] {value.equalsIgnoreCase("true")});
    }
    if (value.length() > MAX_LENGTH || !NUMBER.matcher(value).matches()) {
      return text(text);
    }
    return number(type, value);
  }

  private static Cells number(Datatype type, String value) {
    double number = Double.parseDouble(value);
    if (!type.isWhole() || Math.abs(number) < EXACT) {
      return Double.isFinite(number) ? new Cells.Doubles(new double[] {number}) : text(value);
    }
    BigInteger whole;
    try {
      whole = new BigDecimal(value).toBigIntegerExact();
    } catch (ArithmeticException fraction) {
      return new Cells.Doubles(new double[] {number});
    }
    if (whole.bitLength() < Long.SIZE) {
      return one(Cells.Kind.WHOLE, whole.longValue());
    }
    return whole.bitLength() == Long.SIZE && whole.signum() > 0
        ? one(Cells.Kind.UNSIGNED, whole.longValue())
        : new Cells.Doubles(new double[] {number});
  }

  private static Cells text(String text) {
    return new Cells.Texts(new String[] {text});
  }

  private static Cells one(Cells.Kind kind, long bits) {
    return new Cells.Mixed(new byte[] {kind.code()}, new long[] {bits}, new String[0]);
  }
}
