package io.manymodels.adapter.onnx.graph;

import io.manymodels.tensor.Datatype;
import java.util.List;
import java.util.Optional;

/** The element types of onnx.proto, by their numbers there. */
final class ElementType {
  static final int FLOAT = 1;
  static final int UINT8 = 2;
  static final int INT8 = 3;
  static final int UINT16 = 4;
  static final int INT16 = 5;
  static final int INT32 = 6;
  static final int INT64 = 7;
  static final int STRING = 8;
  static final int BOOL = 9;
  static final int FLOAT16 = 10;
  static final int DOUBLE = 11;
  static final int UINT32 = 12;
  static final int UINT64 = 13;
  static final int BFLOAT16 = 16;

  /** The last one of IR version 13. */
  static final int INT2 = 26;

  private static final List<String> NAMES =
      List.of(
          "no type",
          "float",
          "uint8",
          "int8",
          "uint16",
          "int16",
          "int32",
          "int64",
          "string",
          "bool",
          "float16",
          "double",
          "uint32",
          "uint64",
          "complex64",
          "complex128",
          "bfloat16",
          "float8e4m3fn",
          "float8e4m3fnuz",
          "float8e5m2",
          "float8e5m2fnuz",
          "uint4",
          "int4",
          "float4e2m1",
          "float8e8m0",
          "uint2",
          "int2");

  private ElementType() {}

  /** The name of onnx.proto, in lower case. */
  static String name(long type) {
    return type >= 0 && type < NAMES.size() ? NAMES.get((int) type) : "type " + type;
  }

  /** Empty for a type that can be neither sent nor answered. */
  static Optional<Datatype> datatype(long type) {
    return Optional.ofNullable(
        switch ((int) Math.min(type, Integer.MAX_VALUE)) {
          case FLOAT -> Datatype.FP32;
          case UINT8 -> Datatype.UINT8;
          case INT8 -> Datatype.INT8;
          case UINT16 -> Datatype.UINT16;
          case INT16 -> Datatype.INT16;
          case INT32 -> Datatype.INT32;
          case INT64 -> Datatype.INT64;
          case STRING -> Datatype.BYTES;
          case BOOL -> Datatype.BOOL;
          case FLOAT16 -> Datatype.FP16;
          case DOUBLE -> Datatype.FP64;
          case UINT32 -> Datatype.UINT32;
          case UINT64 -> Datatype.UINT64;
          case BFLOAT16 -> Datatype.BF16;
          default -> null;
        });
  }
}
