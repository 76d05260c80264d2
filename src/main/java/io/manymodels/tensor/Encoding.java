package io.manymodels.tensor;

import io.manymodels.tensor.Cells.Kind;
import java.nio.ByteBuffer;

/** From cells to the elements of a tensor. Stateless. */
public final class Encoding {
  private static final double EXACT = 0x1p53;

  private Encoding() {}

  /** Whether a cell became an element, and if not, why. */
  public enum Fit {
    FITS,
    /** A value of another kind, as a text where a number belongs. */
    OTHER_KIND,
    /** Out of range, or with a fraction. */
    OTHER_VALUE,
    /** No value, and the datatype has none that stands for it. */
    NO_VALUE
  }

  /**
   * Appends cells as elements of this datatype at once, where they are of its own kind, so that
   * each of them fits.
   *
   * @return false, with nothing appended, when they are of another kind
   */
  public static boolean putAll(
      ByteBuffer target, Datatype type, Cells cells, int start, int count) {
    if (type == Datatype.FP32 && cells instanceof Cells.Floats floats) {
      target.asFloatBuffer().put(floats.values(), start, count);
    } else if (type == Datatype.FP64 && cells instanceof Cells.Doubles doubles) {
      target.asDoubleBuffer().put(doubles.values(), start, count);
    } else if (type == Datatype.INT64 && cells instanceof Cells.Longs longs) {
      target.asLongBuffer().put(longs.values(), start, count);
    } else {
      return false;
    }
    target.position(target.position() + count * type.bytes());
    return true;
  }

  /**
   * Appends a cell as an element of this datatype, which is not {@link Datatype#BYTES}, in the
   * buffer's byte order.
   */
  public static Fit put(ByteBuffer target, Datatype type, Cells cells, int index) {
    Kind kind = cells.kind(index);
    return switch (kind) {
      case NUMBER -> fit(put(target, type, cells.number(index)));
      case WHOLE, UNSIGNED -> fit(putWhole(target, type, cells, index));
      case TRUTH -> fit(put(target, type, cells.number(index)));
      case MISSING -> type.isFloating() ? fit(put(target, type, Double.NaN)) : Fit.NO_VALUE;
      case TEXT -> Fit.OTHER_KIND;
    };
  }

  private static Fit fit(boolean fits) {
    return fits ? Fit.FITS : Fit.OTHER_VALUE;
  }

  /** Appends a number; false when the datatype cannot hold it. */
  static boolean put(ByteBuffer target, Datatype type, double value) {
    return switch (type) {
      case FP64 -> {
        target.putDouble(value);
        yield true;
      }
      case FP32 -> {
        float single = (float) value;
        target.putFloat(single);
        yield !Float.isInfinite(single) || Double.isInfinite(value);
      }
      case FP16 -> {
        short half = HalfPrecision.of(HalfPrecision.toOdd(value));
        target.putShort(half);
        yield !HalfPrecision.isInfinite(half) || Double.isInfinite(value);
      }
      case BF16 -> {
        short brain = HalfPrecision.brainOf(HalfPrecision.toOdd(value));
        target.putShort(brain);
        yield !HalfPrecision.isInfiniteBrain(brain) || Double.isInfinite(value);
      }
      case BOOL -> {
        target.put((byte) value);
        yield value == 0 || value == 1;
      }
      case INT64, UINT64 -> {
        target.putLong((long) value);
        // Beyond 2^53 it was rounded to a double: as it was written it is no such number.
        yield value == Math.rint(value)
            && Math.abs(value) <= EXACT
            && (value >= 0 || type == Datatype.INT64);
      }
      default -> putSmall(target, type, (long) value) && value == (long) value;
    };
  }

  private static boolean putWhole(ByteBuffer target, Datatype type, Cells cells, int index) {
    if (!type.isWhole()) {
      return put(target, type, cells.number(index));
    }
    long bits = bits(cells, index);
    boolean unsigned = cells.kind(index) == Kind.UNSIGNED;
    return switch (type) {
      case UINT64 -> {
        target.putLong(bits);
        yield unsigned || bits >= 0;
      }
      case INT64 -> {
        target.putLong(bits);
        yield !unsigned;
      }
      default -> putSmall(target, type, bits) && !unsigned;
    };
  }

  private static long bits(Cells cells, int index) {
    return cells instanceof Cells.Longs longs
        ? longs.values()[index]
        : ((Cells.Mixed) cells).bits()[index];
  }

  /** The digits of a cell of the kind {@link Kind#WHOLE} or {@link Kind#UNSIGNED}. */
  public static String text(Cells cells, int index) {
    long bits = bits(cells, index);
    return cells.kind(index) == Kind.UNSIGNED ? Long.toUnsignedString(bits) : String.valueOf(bits);
  }

  private static boolean putSmall(ByteBuffer target, Datatype type, long value) {
    return switch (type) {
      case INT8 -> {
        target.put((byte) value);
        yield (byte) value == value;
      }
      case UINT8 -> {
        target.put((byte) value);
        yield (value & 0xff) == value;
      }
      case INT16 -> {
        target.putShort((short) value);
        yield (short) value == value;
      }
      case UINT16 -> {
        target.putShort((short) value);
        yield (value & 0xffff) == value;
      }
      case INT32 -> {
        target.putInt((int) value);
        yield (int) value == value;
      }
      case UINT32 -> {
        target.putInt((int) value);
        yield (value & 0xffff_ffffL) == value;
      }
      default -> throw new IllegalArgumentException(type + " is no small whole number");
    };
  }
}
