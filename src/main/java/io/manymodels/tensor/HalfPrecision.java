package io.manymodels.tensor;

/**
 * Numbers of 16 bits: IEEE 754 binary16, and the upper half of a binary32 ("brain float"). Rounded
 * to the nearest, halves to the even one, as ONNX Runtime's own conversions do. The JDK has these
 * from version 20 on ({@code Float.floatToFloat16}). Stateless.
 */
public final class HalfPrecision {
  private static final int SIGN = 0x8000;
  private static final int MAGNITUDE = 0x7fff;
  private static final int INFINITE = 0x7c00;
  private static final int INFINITE_BRAIN = 0x7f80;
  private static final int QUIET_NAN = 0x7e00;
  private static final int LEAST_NORMAL_BITS = 0x400;
  private static final float LEAST_NORMAL = 0x1p-14f;
  private static final float LEAST_SUBNORMAL = 0x1p-24f;
  private static final float TOO_LARGE = 65_520;

  private HalfPrecision() {}

  /** The bits of the binary16 nearest to this number; an infinity beyond 65,519. */
  static short of(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 16) & SIGN;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | QUIET_NAN);
    }
    if (magnitude >= TOO_LARGE) {
      return (short) (sign | INFINITE);
    }
    if (magnitude < LEAST_NORMAL) {
      return (short) (sign | (int) Math.rint(magnitude / LEAST_SUBNORMAL));
    }
    int bits = Float.floatToRawIntBits(magnitude);
    int rounded = bits + 0xfff + ((bits >>> 13) & 1);
    return (short) (sign | ((rounded - (112 << 23)) >>> 13));
  }

  /** The number that these bits of a binary16 are. */
  public static float number(short half) {
    int sign = (half & SIGN) << 16;
    int magnitude = half & MAGNITUDE;
    if (magnitude >= INFINITE) {
      return Float.intBitsToFloat(sign | 0x7f80_0000 | (magnitude - INFINITE) << 13);
    }
    float number =
        magnitude < LEAST_NORMAL_BITS
            ? magnitude * LEAST_SUBNORMAL
            : Float.intBitsToFloat((magnitude << 13) + (112 << 23));
    return sign == 0 ? number : -number;
  }

  /** The number whose upper half these bits are. */
  public static float numberOfBrain(short brain) {
    return Float.intBitsToFloat(brain << 16);
  }

  static boolean isInfinite(short half) {
    return (half & MAGNITUDE) == INFINITE;
  }

  static boolean isInfiniteBrain(short brain) {
    return (brain & MAGNITUDE) == INFINITE_BRAIN;
  }

  /**
   * The number in single precision so that rounding it once more, to 16 bits, gives the nearest to
   * the double: what does not fit is rounded to the neighbour whose last bit is one (S. Boldo, G.
   * Melquiond: Emulation of a FMA and correctly rounded sums, IEEE TC 57(4), 2008).
   */
  static float toOdd(double value) {
    float single = (float) value;
    if (single == value || !Float.isFinite(single) || (Float.floatToRawIntBits(single) & 1) == 1) {
      return single;
    }
    return value > single ? Math.nextUp(single) : Math.nextDown(single);
  }

  /** The upper 16 bits of the binary32, rounded. */
  static short brainOf(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }
}
