package io.manymodels.adapter.onnx;

import ai.onnxruntime.OnnxJavaType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The element types that a model's input may have. */
enum NumberType {
  FLOAT(OnnxJavaType.FLOAT, "a number that fits single precision") {
    @Override
    boolean put(ByteBuffer target, double value) {
      float single = (float) value;
      target.putFloat(single);
      return Float.isFinite(single);
    }
  },
  DOUBLE(OnnxJavaType.DOUBLE, "a number") {
    @Override
    boolean put(ByteBuffer target, double value) {
      target.putDouble(value);
      return true;
    }
  },
  INT32(OnnxJavaType.INT32, "a whole number of 32 bits") {
    @Override
    boolean put(ByteBuffer target, double value) {
      int whole = (int) value;
      target.putInt(whole);
      return whole == value;
    }
  },
  INT64(OnnxJavaType.INT64, "a whole number of 64 bits") {
    @Override
    boolean put(ByteBuffer target, double value) {
      target.putLong((long) value);
      return value == Math.rint(value) && value >= -TWO_TO_63 && value < TWO_TO_63;
    }
  };

  private static final double TWO_TO_63 = 0x1p63;

  private final OnnxJavaType type;
  private final String description;

  NumberType(OnnxJavaType type, String description) {
    this.type = type;
    this.description = description;
  }

  static Optional<NumberType> of(OnnxJavaType type) {
    return Arrays.stream(values()).filter(candidate -> candidate.type == type).findFirst();
  }

  /** Appends the value as this type; whether this type can hold it. */
  abstract boolean put(ByteBuffer target, double value);

  OnnxJavaType type() {
    return type;
  }

  int bytes() {
    return type.size;
  }

  /** A description of a value of this type, such as {@code a whole number of 32 bits}. */
  String description() {
    return description;
  }
}
