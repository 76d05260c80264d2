package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The type of a value: onnx.proto's TypeProto. */
sealed interface ValueType {
  /**
   * A tensor.
   *
   * @param shape {@link Signature#FREE} for a dimension without a number; empty when the file does
   *     not say how many dimensions there are
   * @param named whether a dimension without a number has a name, which says that it is free
   */
  record Tensor(long element, Optional<List<Long>> shape, boolean named) implements ValueType {
    /** Nothing is named. */
    Tensor(long element, Optional<List<Long>> shape) {
      this(element, shape, false);
    }
  }

  /** A list. */
  record Sequence(ValueType element) implements ValueType {}

  /** Keys of an element type, with values. */
  record Mapping(long key, ValueType value) implements ValueType {}

  /** What nobody can send or read, as {@code an optional value}. */
  record Other(String description) implements ValueType {}

  /** The file says nothing. */
  record Unknown() implements ValueType {}

  /** Reads a TypeProto; throws {@link IllegalArgumentException}. */
  static ValueType of(ByteBuffer type) {
    return of(type, 0);
  }

  private static ValueType of(ByteBuffer type, int depth) {
    if (depth > OnnxProto.MAX_DEPTH) {
      throw new IllegalArgumentException("it is nested too deeply");
    }
    ProtobufFields fields = new ProtobufFields(type.duplicate());
    ValueType found = new Unknown();
    while (fields.next()) {
      ByteBuffer message = fields.message();
      found =
          switch (fields.number()) {
            case OnnxProto.TYPE_TENSOR -> tensor(message);
            case OnnxProto.TYPE_SEQUENCE -> new Sequence(nested(message, 1, depth));
            case OnnxProto.TYPE_MAP ->
                new Mapping(element(message), nested(message, OnnxProto.TYPE_MAP_VALUE, depth));
            case OnnxProto.TYPE_OPTIONAL -> new Other("an optional value");
            case OnnxProto.TYPE_SPARSE -> new Other("a sparse tensor");
            case OnnxProto.TYPE_OPAQUE -> new Other("an opaque value");
            default -> found;
          };
    }
    return found;
  }

  private static ValueType nested(ByteBuffer message, int number, int depth) {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    ValueType found = new Unknown();
    while (fields.next()) {
      if (fields.number() == number) {
        found = of(fields.message(), depth + 1);
      }
    }
    return found;
  }

  private static long element(ByteBuffer message) {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    long element = 0;
    while (fields.next()) {
      element = fields.number() == OnnxProto.TYPE_ELEMENT ? fields.value() : element;
    }
    return element;
  }

  private static Tensor tensor(ByteBuffer message) {
    Optional<List<Long>> shape = Optional.empty();
    boolean named = false;
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      if (fields.number() == OnnxProto.TYPE_SHAPE) {
        shape = Optional.of(shape(fields.message()));
        named = isNamed(fields.message());
      }
    }
    return new Tensor(element(message), shape, named);
  }

  private static List<Long> shape(ByteBuffer message) {
    List<Long> shape = new ArrayList<>();
    ProtobufFields.forEach(
        message,
        dimension -> {
          if (dimension.number() == OnnxProto.SHAPE_DIMENSION) {
            if (shape.size() == OnnxProto.MAX_DEPTH) {
              throw new IllegalArgumentException("it has a value of too many dimensions");
            }
            shape.add(dimension(dimension.message()));
          }
        });
    return shape;
  }

  private static boolean isNamed(ByteBuffer shape) {
    boolean[] named = {false};
    ProtobufFields.forEach(
        shape,
        dimension ->
            ProtobufFields.forEach(
                dimension.message(),
                field ->
                    named[0] |=
                        field.number() == OnnxProto.DIMENSION_NAME
                            && field.message().hasRemaining()));
    return named[0];
  }

  /** ONNX Runtime takes a negative number as no number. */
  private static long dimension(ByteBuffer message) {
    long size = Signature.FREE;
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      if (fields.number() == OnnxProto.DIMENSION_VALUE) {
        size = Math.max(Signature.FREE, fields.value());
      }
    }
    return size;
  }
}
