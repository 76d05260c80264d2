package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.protobuf.ProtobufMessage;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The check that no operator gives one of the file's own functions more than it declares: ONNX
 * Runtime 1.28 then reads beyond a list, which ends the process. Not thread-safe.
 */
final class FunctionCalls extends FileRewrite {
  private final Budget budget = new Budget();
  private final Map<Name, Size> functions = new HashMap<>();

  private record Name(String domain, String function) {}

  private record Size(long inputs, long outputs) {
    /** What both of two functions of one name have. */
    Size both(Size other) {
      return new Size(Math.min(inputs, other.inputs), Math.min(outputs, other.outputs));
    }
  }

  private FunctionCalls() {}

  /**
   * Checks operators of the main graph, of nested graphs and of functions; does not move the
   * position.
   *
   * @throws IllegalArgumentException when one gives too much, or the bytes are no ONNX file
   */
  static void check(ByteBuffer file) {
    FunctionCalls calls = new FunctionCalls();
    ProtobufFields.forEach(
        file.slice(),
        field -> {
          if (field.number() == OnnxProto.MODEL_FUNCTION) {
            calls.declare(field.message());
          }
        });
    if (!calls.functions.isEmpty()) {
      var unused = calls.file(file);
    }
  }

  private void declare(ByteBuffer function) {
    String domain = "";
    String name = "";
    long inputs = 0;
    long outputs = 0;
    ProtobufFields fields = new ProtobufFields(function.duplicate());
    while (fields.next()) {
      switch (fields.number()) {
        case OnnxProto.FUNCTION_NAME -> name = budget.name(fields);
        case OnnxProto.FUNCTION_DOMAIN -> domain = budget.name(fields);
        case OnnxProto.FUNCTION_INPUT -> inputs++;
        case OnnxProto.FUNCTION_OUTPUT -> outputs++;
        default -> {}
      }
    }
    functions.merge(
        new Name(GraphNode.plainDomain(domain), name), new Size(inputs, outputs), Size::both);
  }

  @Override
  @Nullable ProtobufMessage node(ByteBuffer message, int depth) {
    GraphNode node = GraphNode.of(message, budget);
    @Nullable Size declared = functions.get(new Name(node.domain(), node.operator()));
    if (declared != null) {
      require("inputs", node.inputs().size(), declared.inputs(), node);
      require("outputs", node.outputs().size(), declared.outputs(), node);
    }
    return super.node(message, depth);
  }

  private static void require(String what, long given, long declared, GraphNode node) {
    if (given > declared) {
      throw new IllegalArgumentException(
          "it calls its function '%s' with %d %s, which declares %d; correct the call or the function"
              .formatted(node.operator(), given, what, declared));
    }
  }
}
