package io.manymodels.tensor;

import java.math.BigInteger;

/** The type of a tensor's elements, by the names of the Open Inference Protocol V2. */
public enum Datatype {
  BOOL(0, "a boolean"),
  INT8(1, "a whole number of 8 bits"),
  INT16(2, "a whole number of 16 bits"),
  INT32(3, "a whole number of 32 bits"),
  INT64(4, "a whole number of 64 bits"),
  UINT8(5, "a whole number from 0 to 255"),
  UINT16(6, "a whole number from 0 to 65535"),
  UINT32(7, "a whole number from 0 to 4294967295"),
  UINT64(8, "a whole number from 0 to 18446744073709551615"),
  FP16(9, "a number that fits half precision"),
  BF16(10, "a number that fits bfloat16"),
  FP32(11, "a number that fits single precision"),
  FP64(12, "a number"),
  BYTES(13, "a string");

  private static final Datatype[] BY_CODE = values();
  private final byte code;
  private final String description;

  Datatype(int code, String description) {
    this.code = (byte) code;
    this.description = description;
  }

  /** The datatype of this code; throws {@link IllegalArgumentException}. */
  public static Datatype of(byte code) {
    if (code < 0 || code >= BY_CODE.length) {
      throw new IllegalArgumentException("no datatype has the code " + code);
    }
    return BY_CODE[code];
  }

  /** What stands for it between replicas. */
  public byte code() {
    return code;
  }

  /** A description of one value, as {@code a whole number of 32 bits}. */
  public String description() {
    return description;
  }

  /** Whether its values may have a fraction; only these can be missing, as NaN. */
  public boolean isFloating() {
    return this == FP16 || this == BF16 || this == FP32 || this == FP64;
  }

  /** Whether its values are whole numbers. */
  public boolean isWhole() {
    return this != BOOL && this != BYTES && !isFloating();
  }

  /** Bytes of one value; 0 for {@link #BYTES}, whose values have different lengths. */
  public int bytes() {
    return switch (this) {
      case BOOL, INT8, UINT8 -> 1;
      case INT16, UINT16, FP16, BF16 -> 2;
      case INT32, UINT32, FP32 -> 4;
      case INT64, UINT64, FP64 -> 8;
      case BYTES -> 0;
    };
  }

  /**
   * Checks what is to stand for a missing value.
   *
   * @param column whose values these are
   * @param text a text, or a number or boolean as JSON writes it
   * @throws IllegalArgumentException when it is not of this type, or the type has a missing value
   *     of its own
   */
  public void requireSubstitute(String column, String text) {
    if (isFloating()) {
      throw new IllegalArgumentException(
          "column '" + column + "' takes null as it is; nothing needs to stand for it");
    }
    if (this == BOOL ? !text.matches("true|false") : isWhole() && !holds(text)) {
      throw new IllegalArgumentException(
          "column '"
              + column
              + "' takes "
              + (this == BOOL ? "true or false" : description())
              + ", which '"
              + text
              + "' is not");
    }
  }

  private boolean holds(String text) {
    if (!text.matches("-?(0|[1-9][0-9]{0,19})")) {
      return false;
    }
    boolean signed = !name().startsWith("U");
    int bits = bytes() * Byte.SIZE - (signed ? 1 : 0);
    BigInteger limit = BigInteger.ONE.shiftLeft(bits);
    BigInteger value = new BigInteger(text);
    return value.compareTo(limit) < 0
        && value.compareTo(signed ? limit.negate() : BigInteger.ZERO) >= 0;
  }
}
