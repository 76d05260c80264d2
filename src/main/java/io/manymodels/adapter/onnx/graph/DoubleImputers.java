package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The operator {@code Imputer} for doubles. ONNX allows it, scikit-learn's converter writes it for
 * every table of pandas, and ONNX Runtime has it for single precision only. It becomes {@code
 * Where}, which has the same answer.
 */
final class DoubleImputers {
  /** That of the first {@code IsNaN} and {@code Where}. */
  private static final long OPSET = 9;

  private static final int MAX_STEPS = 32;

  private final OnnxGraph graph;
  private final Constants constants;

  DoubleImputers(OnnxGraph graph, Constants constants) {
    this.graph = graph;
    this.constants = constants;
  }

  /** Whether it is one. */
  boolean contains(GraphNode node) {
    return node.isLearned("Imputer")
        && node.floats("imputed_value_floats") > 0
        && graph.opsets().getOrDefault("", 0L) >= OPSET
        && element(node.input(0)) == ElementType.DOUBLE;
  }

  /** The type of a value's elements, followed through operators that do not change it; else 0. */
  private long element(String value) {
    String name = value;
    for (int step = 0; step < MAX_STEPS; step++) {
      if (graph.inputs().get(name) instanceof ValueType.Tensor tensor) {
        return tensor.element();
      }
      GraphNode node = constants.producer(name).orElse(null);
      if (node == null) {
        return 0;
      }
      if (node.is("Cast")) {
        return node.integer("to", 0);
      }
      if (!node.is("Concat")
          && !node.is("Identity")
          && !node.is("Gather")
          && !node.isLearned("ArrayFeatureExtractor")) {
        return 0;
      }
      name = node.input(0);
    }
    return 0;
  }

  /** The fields of a graph that take its place. */
  ProtobufMessage instead(GraphNode imputer) {
    String value = imputer.input(0);
    String made = imputer.output(0);
    String missing = made + "/missing";
    String substitute = made + "/substitute";
    String replaced = made + "/replaced";
    float marker = imputer.real("replaced_value_float", 0);
    ProtobufMessage fields =
        new ProtobufMessage()
            .message(
                OnnxProto.GRAPH_INITIALIZER,
                doubles(substitute, imputer.reals("imputed_value_floats")));
    if (Float.isNaN(marker)) {
      fields.message(OnnxProto.GRAPH_NODE, node("IsNaN", List.of(value), missing));
    } else {
      fields
          .message(OnnxProto.GRAPH_INITIALIZER, doubles(replaced, List.of(marker)))
          .message(OnnxProto.GRAPH_NODE, node("Equal", List.of(value, replaced), missing));
    }
    return fields.message(
        OnnxProto.GRAPH_NODE, node("Where", List.of(missing, substitute, value), made));
  }

  private static ProtobufMessage node(String operator, List<String> inputs, String output) {
    ProtobufMessage node = new ProtobufMessage();
    inputs.forEach(input -> node.append(TextRewrite.named(OnnxProto.NODE_INPUT, input)));
    return node.append(TextRewrite.named(OnnxProto.NODE_OUTPUT, output))
        .text(OnnxProto.NODE_OPERATOR, operator);
  }

  /** A list of doubles. */
  private static ProtobufMessage doubles(String name, List<Float> values) {
    ByteBuffer raw =
        ByteBuffer.allocate(Math.multiplyExact(values.size(), Double.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    values.forEach(value -> raw.putDouble(value));
    return TextRewrite.named(OnnxProto.TENSOR_NAME, name)
        .numbers(OnnxProto.TENSOR_DIMS, values.size())
        .number(OnnxProto.TENSOR_DATA_TYPE, ElementType.DOUBLE)
        .bytes(OnnxProto.TENSOR_RAW_DATA, raw.flip());
  }
}
