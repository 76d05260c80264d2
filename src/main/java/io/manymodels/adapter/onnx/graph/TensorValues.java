package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.tensor.Datatype;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The elements of a constant, whichever of the ways of onnx.proto they are written in. */
final class TensorValues {
  private TensorValues() {}

  /**
   * All of it.
   *
   * @throws IllegalArgumentException when it has other than as many elements as its dimensions say
   */
  static DefaultTensor of(GraphTensor tensor) {
    Datatype datatype =
        ElementType.datatype(tensor.type())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "its default is a tensor of " + ElementType.name(tensor.type())));
    long elements = 1;
    for (long dimension : tensor.dims()) {
      elements = Math.multiplyExact(elements, dimension);
    }
    long bytes = Math.multiplyExact(elements, (long) datatype.bytes());
    if (elements < 0 || bytes > Integer.MAX_VALUE || elements > tensor.message().remaining()) {
      throw wrongSize(tensor);
    }
    List<String> texts = new ArrayList<>();
    ByteBuffer values = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      ProtobufFields.forEach(tensor.message(), field -> add(field, datatype, values, texts));
    } catch (java.nio.BufferOverflowException e) {
      throw wrongSize(tensor);
    }
    if (values.hasRemaining() || (datatype == Datatype.BYTES && texts.size() != elements)) {
      throw wrongSize(tensor);
    }
    return new DefaultTensor(
        datatype, tensor.dims(), values.flip().order(ByteOrder.LITTLE_ENDIAN), texts);
  }

  private static void add(
      ProtobufFields field, Datatype datatype, ByteBuffer values, List<String> texts) {
    switch (field.number()) {
      case OnnxProto.TENSOR_RAW_DATA -> values.put(field.message().duplicate());
      case OnnxProto.TENSOR_STRING_DATA -> texts.add(field.text());
      case OnnxProto.TENSOR_FLOAT_DATA -> fixed(field, Float.BYTES, values);
      case OnnxProto.TENSOR_DOUBLE_DATA -> fixed(field, Double.BYTES, values);
      case OnnxProto.TENSOR_INT32_DATA, OnnxProto.TENSOR_INT64_DATA, OnnxProto.TENSOR_UINT64_DATA ->
          field.forEachNumber(number -> put(number, datatype.bytes(), values));
      default -> {}
    }
  }

  private static void fixed(ProtobufFields field, int bytes, ByteBuffer values) {
    if (field.message().hasRemaining()) {
      values.put(field.message().duplicate());
    } else if (field.count(bytes) == 1) {
      put(field.value(), bytes, values);
    }
  }

  private static void put(long number, int bytes, ByteBuffer values) {
    switch (bytes) {
      case Byte.BYTES -> values.put((byte) number);
      case Short.BYTES -> values.putShort((short) number);
      case Integer.BYTES -> values.putInt((int) number);
      default -> values.putLong(number);
    }
  }

  private static IllegalArgumentException wrongSize(GraphTensor tensor) {
    return new IllegalArgumentException(
        "its default has other than the " + tensor.dims() + " values that it declares");
  }

  /** The highest of a constant's whole numbers; -1 when there is none or one is negative. */
  static long highest(GraphTensor indices) {
    return whole(indices).stream().mapToLong(Long::longValue).max().orElse(-1);
  }

  /** The sum of a constant's whole numbers. */
  static long sum(GraphTensor sizes) {
    return whole(sizes).stream().mapToLong(Long::longValue).sum();
  }

  /** The elements of a row in a shape whose only free dimension is the first; else 0. */
  static long rowSize(GraphTensor shape) {
    List<Long> sizes = whole(shape);
    if (sizes.size() < 2 || sizes.size() > OnnxProto.MAX_DEPTH || sizes.get(0) > 0) {
      return 0;
    }
    double elements = 1;
    for (long size : sizes.subList(1, sizes.size())) {
      elements *= Math.max(0, size);
    }
    return elements > 1 && elements <= Integer.MAX_VALUE ? (long) elements : 0;
  }

  private static List<Long> whole(GraphTensor tensor) {
    List<Long> numbers = new ArrayList<>();
    if (tensor.type() == ElementType.INT64 || tensor.type() == ElementType.INT32) {
      int bytes = tensor.type() == ElementType.INT64 ? Long.BYTES : Integer.BYTES;
      ProtobufFields.forEach(
          tensor.message(),
          field -> {
            switch (field.number()) {
              case OnnxProto.TENSOR_INT32_DATA, OnnxProto.TENSOR_INT64_DATA ->
                  numbers.addAll(field.numbers());
              case OnnxProto.TENSOR_RAW_DATA -> {
                ByteBuffer raw = field.message().duplicate().order(ByteOrder.LITTLE_ENDIAN);
                while (raw.remaining() >= bytes) {
                  numbers.add(bytes == Long.BYTES ? raw.getLong() : raw.getInt());
                }
              }
              default -> {}
            }
          });
    }
    return numbers;
  }
}
