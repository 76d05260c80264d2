package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A constant: onnx.proto's TensorProto.
 *
 * @param type of its elements
 * @param dims its dimensions
 * @param message all of it, not copied
 */
record GraphTensor(String name, long type, List<Long> dims, ByteBuffer message) {

  /** Throws {@link IllegalArgumentException}. */
  static GraphTensor of(ByteBuffer message, Budget budget) {
    budget.part();
    String name = "";
    long type = 0;
    List<Long> dims = new ArrayList<>();
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      switch (fields.number()) {
        case OnnxProto.TENSOR_NAME -> name = budget.name(fields);
        case OnnxProto.TENSOR_DATA_TYPE -> type = fields.value();
        case OnnxProto.TENSOR_DIMS -> addDimensions(dims, fields);
        default -> {}
      }
    }
    return new GraphTensor(name, type, dims, message);
  }

  private static void addDimensions(List<Long> dims, ProtobufFields fields) {
    if (dims.size() + fields.count(1) > OnnxProto.MAX_DEPTH * 2) {
      throw new IllegalArgumentException("it has a constant of too many dimensions");
    }
    dims.addAll(fields.numbers());
  }

  /** Whether its values lie in another file. */
  boolean isElsewhere() {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    boolean elsewhere = false;
    while (fields.next()) {
      if (fields.number() == OnnxProto.TENSOR_DATA_LOCATION) {
        elsewhere = fields.value() == 1;
      }
    }
    return elsewhere;
  }
}
