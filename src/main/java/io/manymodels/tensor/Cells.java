package io.manymodels.tensor;

/**
 * Values one after the other, as a caller wrote them or as a model answered them. Immutable by
 * convention: nobody writes to the arrays after construction, and they are not copied because they
 * are on the path of every request.
 */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface Cells {
  int size();

  /** The kind of the value at this index. */
  Kind kind(int index);

  /** The kind of one value. What {@link Mixed#bits} holds of it is said beside each. */
  enum Kind {
    /** No value: nothing. */
    MISSING(0),
    /**
     * A number: the bits of a double. Of 2^53 and more it was not whole, or of more than 64 bits;
     * then its digits may lie in {@link Mixed#texts}.
     */
    NUMBER(1),
    /** A whole number, exactly: a long. All from 2^53 on are of this kind or the next. */
    WHOLE(2),
    /** A whole number of 2^63 or more, exactly: an unsigned long. */
    UNSIGNED(3),
    /** A boolean: 0 or 1. */
    TRUTH(4),
    /** A text: nothing, the text lies in {@link Mixed#texts}. */
    TEXT(5);

    private static final Kind[] BY_CODE = values();
    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    /** The kind of this code; throws {@link IllegalArgumentException}. */
    public static Kind of(byte code) {
      if (code < 0 || code >= BY_CODE.length) {
        throw new IllegalArgumentException("no kind of value has the code " + code);
      }
      return BY_CODE[code];
    }

    /** What stands for it in {@link Mixed#kinds}. */
    public byte code() {
      return code;
    }
  }

  /**
   * The number or boolean at this index, rounded to a double; NaN for a missing value or a text.
   */
  double number(int index);

  /** Numbers of double precision. */
  record Doubles(double[] values) implements Cells {
    @Override
    public int size() {
      return values.length;
    }

    @Override
    public Kind kind(int index) {
      return Kind.NUMBER;
    }

    @Override
    public double number(int index) {
      return values[index];
    }
  }

  /** Numbers of single precision, to be printed as such. */
  record Floats(float[] values) implements Cells {
    @Override
    public int size() {
      return values.length;
    }

    @Override
    public Kind kind(int index) {
      return Kind.NUMBER;
    }

    @Override
    public double number(int index) {
      return values[index];
    }
  }

  /** Whole numbers. */
  record Longs(long[] values) implements Cells {
    @Override
    public int size() {
      return values.length;
    }

    @Override
    public Kind kind(int index) {
      return Kind.WHOLE;
    }

    @Override
    public double number(int index) {
      return values[index];
    }
  }

  /** Booleans. */
  record Truths(boolean[] values) implements Cells {
    @Override
    public int size() {
      return values.length;
    }

    @Override
    public Kind kind(int index) {
      return Kind.TRUTH;
    }

    @Override
    public double number(int index) {
      return values[index] ? 1 : 0;
    }
  }

  /** Texts. */
  record Texts(String[] values) implements Cells {
    @Override
    public int size() {
      return values.length;
    }

    @Override
    public Kind kind(int index) {
      return Kind.TEXT;
    }

    @Override
    public double number(int index) {
      return Double.NaN;
    }
  }

  /**
   * Values of different kinds.
   *
   * @param kinds the {@link Kind#code} of each
   * @param bits as {@link Kind} says, as many
   * @param texts as many, empty where there is none; of no length when no value is a text
   */
  record Mixed(byte[] kinds, long[] bits, String[] texts) implements Cells {
    public Mixed {
      if (kinds.length != bits.length || (texts.length != 0 && texts.length != kinds.length)) {
        throw new IllegalArgumentException("kinds, bits and texts are not equally many");
      }
    }

    @Override
    public int size() {
      return kinds.length;
    }

    @Override
    public Kind kind(int index) {
      return Kind.of(kinds[index]);
    }

    @Override
    public double number(int index) {
      return switch (kind(index)) {
        case NUMBER -> Double.longBitsToDouble(bits[index]);
        case WHOLE, TRUTH -> bits[index];
        case UNSIGNED -> unsigned(bits[index]);
        case MISSING, TEXT -> Double.NaN;
      };
    }

    private static double unsigned(long bits) {
      // Halved with the last bit kept, so that it is rounded once.
      return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
    }
  }
}
