package io.manymodels.adapter.onnx.graph;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.protobuf.ProtobufMessage;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The operator {@code TopK} where it may be given a tensor without rows. ONNX Runtime 1.28 then
 * divides by zero, which ends the process: skl2onnx's {@code KNNImputer} does it whenever no value
 * is missing. There it is only run when there are rows; without them, its answer is what {@code
 * Slice} makes of none.
 */
final class EmptyTopK {
  /** Operators that may leave nothing of what they are given, or run a graph that does. */
  private static final Set<String> LEAVES_NOTHING =
      Set.of(
          "Compress",
          "If",
          "Loop",
          "NonMaxSuppression",
          "NonZero",
          "Range",
          "SequenceAt",
          "Slice",
          "Unique");

  /** Of its inputs, and of its outputs. Until opset 9 it has one input. */
  private static final int TWO = 2;

  private static final Set<String> DOMAINS = Set.of("", OnnxProto.ML, "com.microsoft");

  private final Constants constants;

  EmptyTopK(Constants constants) {
    this.constants = constants;
  }

  /**
   * Whether it is one. Callers send no tensor without rows. In functions and nested graphs it is
   * not looked at what goes where: each is one.
   *
   * @param depth of the graph: 0 for the main one
   */
  boolean contains(ByteBuffer message, int depth) {
    if (!TextRewrite.name(message, OnnxProto.NODE_OPERATOR).equals("TopK")) {
      return false;
    }
    GraphNode node = GraphNode.of(message, new Budget());
    return node.is("TopK")
        && node.inputs().size() == TWO
        && node.outputs().size() == TWO
        && !node.outputs().contains("")
        && (depth > 0 || mayBeEmpty(node.input(0)));
  }

  private boolean mayBeEmpty(String value) {
    Set<String> seen = new HashSet<>(Set.of(value));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      GraphNode node = constants.producer(open.remove()).orElse(null);
      if (node != null) {
        if (LEAVES_NOTHING.contains(node.operator()) || !DOMAINS.contains(node.domain())) {
          return true;
        }
        node.inputs().stream().filter(seen::add).forEach(open::add);
      }
    }
    return false;
  }

  /**
   * The operators that take its place, in a graph or function.
   *
   * @param field the number of the field that operators are in
   * @param message the operator, in the encoding of the session
   */
  static ProtobufMessage instead(int field, ByteBuffer message) {
    List<ByteBuffer> inputs = values(message, OnnxProto.NODE_INPUT);
    List<ByteBuffer> outputs = values(message, OnnxProto.NODE_OUTPUT);
    ByteBuffer tensor = inputs.get(0);
    ByteBuffer own = outputs.get(0);
    ByteBuffer size = named(own, "/size");
    ByteBuffer hasRows = named(own, "/has_rows");
    ProtobufMessage choice =
        new ProtobufMessage()
            .bytes(OnnxProto.NODE_INPUT, hasRows)
            .text(OnnxProto.NODE_OPERATOR, "If")
            .message(OnnxProto.NODE_ATTRIBUTE, branch("then_branch", some(message, own)))
            .message(OnnxProto.NODE_ATTRIBUTE, branch("else_branch", none(inputs, own, message)));
    outputs.forEach(output -> choice.bytes(OnnxProto.NODE_OUTPUT, output));
    return new ProtobufMessage()
        .message(field, node("Size", size, tensor))
        .message(
            field,
            node("Cast", hasRows, size)
                .message(OnnxProto.NODE_ATTRIBUTE, FileRewrite.attribute("to", ElementType.BOOL)))
        .message(field, choice);
  }

  private static ProtobufMessage some(ByteBuffer message, ByteBuffer own) {
    ProtobufMessage node = new ProtobufMessage();
    ProtobufFields.forEach(
        message,
        part -> {
          switch (part.number()) {
            case OnnxProto.NODE_INPUT, OnnxProto.NODE_OPERATOR, OnnxProto.NODE_ATTRIBUTE ->
                node.bytes(part.number(), part.message());
            default -> {}
          }
        });
    ByteBuffer values = named(own, "/some_values");
    ByteBuffer indices = named(own, "/some_indices");
    node.bytes(OnnxProto.NODE_OUTPUT, values).bytes(OnnxProto.NODE_OUTPUT, indices);
    return graph("some", values, indices).message(OnnxProto.GRAPH_NODE, node);
  }

  private static ProtobufMessage none(List<ByteBuffer> inputs, ByteBuffer own, ByteBuffer message) {
    long axis = GraphNode.of(message, new Budget()).integer("axis", -1);
    ByteBuffer start = named(own, "/none_start");
    ByteBuffer along = named(own, "/none_axis");
    ByteBuffer values = named(own, "/none_values");
    ByteBuffer indices = named(own, "/none_indices");
    return graph("none", values, indices)
        .message(OnnxProto.GRAPH_INITIALIZER, constant(start, 0))
        .message(OnnxProto.GRAPH_INITIALIZER, constant(along, axis))
        .message(
            OnnxProto.GRAPH_NODE, node("Slice", values, inputs.get(0), start, inputs.get(1), along))
        .message(
            OnnxProto.GRAPH_NODE,
            node("Cast", indices, values)
                .message(OnnxProto.NODE_ATTRIBUTE, FileRewrite.attribute("to", ElementType.INT64)));
  }

  private static ProtobufMessage graph(String name, ByteBuffer... outputs) {
    ProtobufMessage graph = new ProtobufMessage().text(OnnxProto.GRAPH_NAME, name);
    for (ByteBuffer output : outputs) {
      graph.message(
          OnnxProto.GRAPH_OUTPUT, new ProtobufMessage().bytes(OnnxProto.VALUE_NAME, output));
    }
    return graph;
  }

  private static ProtobufMessage node(String operator, ByteBuffer output, ByteBuffer... inputs) {
    ProtobufMessage node = new ProtobufMessage();
    for (ByteBuffer input : inputs) {
      node.bytes(OnnxProto.NODE_INPUT, input);
    }
    return node.bytes(OnnxProto.NODE_OUTPUT, output).text(OnnxProto.NODE_OPERATOR, operator);
  }

  private static ProtobufMessage branch(String name, ProtobufMessage graph) {
    return new ProtobufMessage()
        .text(OnnxProto.ATTRIBUTE_NAME, name)
        .message(OnnxProto.ATTRIBUTE_GRAPH, graph)
        .number(OnnxProto.ATTRIBUTE_TYPE, OnnxProto.ATTRIBUTE_TYPE_GRAPH);
  }

  private static ProtobufMessage constant(ByteBuffer name, long value) {
    return new ProtobufMessage()
        .numbers(OnnxProto.TENSOR_DIMS, 1)
        .number(OnnxProto.TENSOR_DATA_TYPE, ElementType.INT64)
        .numbers(OnnxProto.TENSOR_INT64_DATA, value)
        .bytes(OnnxProto.TENSOR_NAME, name);
  }

  private static List<ByteBuffer> values(ByteBuffer message, int number) {
    List<ByteBuffer> values = new ArrayList<>(TWO);
    ProtobufFields.forEach(
        message,
        field -> {
          if (field.number() == number) {
            values.add(field.message());
          }
        });
    return values;
  }

  private static ByteBuffer named(ByteBuffer value, String suffix) {
    byte[] more = suffix.getBytes(US_ASCII);
    return ByteBuffer.allocate(value.remaining() + more.length)
        .put(value.duplicate())
        .put(more)
        .flip();
  }
}
