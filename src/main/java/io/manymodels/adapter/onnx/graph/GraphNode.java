package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One step of a graph: onnx.proto's NodeProto.
 *
 * @param domain of the operator; empty for ONNX's own
 * @param operator its name
 * @param inputs names of values; empty for one that is left out
 * @param outputs names of values
 * @param attributes by name, not copied
 */
record GraphNode(
    String domain,
    String operator,
    List<String> inputs,
    List<String> outputs,
    Map<String, ByteBuffer> attributes) {

  /** Throws {@link IllegalArgumentException}. */
  static GraphNode of(ByteBuffer message, Budget budget) {
    budget.part();
    String domain = "";
    String operator = "";
    List<String> inputs = new ArrayList<>(2);
    List<String> outputs = new ArrayList<>(2);
    Map<String, ByteBuffer> attributes = new HashMap<>(4);
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      switch (fields.number()) {
        case OnnxProto.NODE_INPUT -> inputs.add(budget.name(fields));
        case OnnxProto.NODE_OUTPUT -> outputs.add(budget.name(fields));
        case OnnxProto.NODE_OPERATOR -> operator = budget.name(fields);
        case OnnxProto.NODE_DOMAIN -> domain = budget.name(fields);
        case OnnxProto.NODE_ATTRIBUTE ->
            attributes.put(attributeName(fields.message(), budget), fields.message());
        default -> {}
      }
    }
    return new GraphNode(plainDomain(domain), operator, inputs, outputs, attributes);
  }

  /** ONNX's own domain has two names. */
  static String plainDomain(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }

  private static String attributeName(ByteBuffer attribute, Budget budget) {
    ProtobufFields fields = new ProtobufFields(attribute.duplicate());
    while (fields.next()) {
      if (fields.number() == OnnxProto.ATTRIBUTE_NAME) {
        return budget.name(fields);
      }
    }
    return "";
  }

  /** The bytes of all attributes. */
  long attributeBytes() {
    long bytes = 0;
    for (ByteBuffer attribute : attributes.values()) {
      bytes += attribute.remaining();
    }
    return bytes;
  }

  /** Whether it runs a graph that is nested in it. */
  boolean hasGraph() {
    boolean[] found = {false};
    for (String name : attributes.keySet()) {
      each(name, OnnxProto.ATTRIBUTE_GRAPH, field -> found[0] = true);
      each(name, OnnxProto.ATTRIBUTE_GRAPHS, field -> found[0] = true);
    }
    return found[0];
  }

  /** Whether it is this operator of ONNX's own. */
  boolean is(String name) {
    return domain.isEmpty() && operator.equals(name);
  }

  /** Whether it is this operator of classical machine learning. */
  boolean isLearned(String name) {
    return domain.equals(OnnxProto.ML) && operator.equals(name);
  }

  /** The name of an input; empty when it is left out. */
  String input(int index) {
    return index < inputs.size() ? inputs.get(index) : "";
  }

  /** The name of an output; empty when it is left out. */
  String output(int index) {
    return index < outputs.size() ? outputs.get(index) : "";
  }

  /** The whole number of this name, or the other one. */
  long integer(String name, long otherwise) {
    ByteBuffer attribute = attributes.get(name);
    long found = otherwise;
    if (attribute != null) {
      ProtobufFields fields = new ProtobufFields(attribute.duplicate());
      while (fields.next()) {
        found = fields.number() == OnnxProto.ATTRIBUTE_INT ? fields.value() : found;
      }
    }
    return found;
  }

  /** The text of this name; empty when there is none. */
  String text(String name) {
    List<String> found = new ArrayList<>(1);
    each(name, OnnxProto.ATTRIBUTE_TEXT, fields -> found.add(fields.text()));
    return found.isEmpty() ? "" : found.get(found.size() - 1);
  }

  /** The single-precision number of this name, or the other one. */
  float real(String name, float otherwise) {
    float[] found = {otherwise};
    each(
        name,
        OnnxProto.ATTRIBUTE_FLOAT,
        fields -> found[0] = Float.intBitsToFloat((int) fields.value()));
    return found[0];
  }

  /** The single-precision numbers of the list of this name; empty when there is none. */
  List<Float> reals(String name) {
    List<Float> found = new ArrayList<>();
    each(
        name,
        OnnxProto.ATTRIBUTE_FLOATS,
        fields -> {
          FloatBuffer packed =
              fields.message().duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
          if (!packed.hasRemaining()) {
            found.add(Float.intBitsToFloat((int) fields.value()));
          }
          while (packed.hasRemaining()) {
            found.add(packed.get());
          }
        });
    return found;
  }

  /** How many single-precision numbers the list of this name has; 0 when there is no list. */
  long floats(String name) {
    long[] count = {0};
    each(name, OnnxProto.ATTRIBUTE_FLOATS, fields -> count[0] += fields.count(Float.BYTES));
    return count[0];
  }

  /** Calls the action with each whole number of the list of this name. */
  void integers(String name, ProtobufFields.NumberAction action) {
    each(name, OnnxProto.ATTRIBUTE_INTS, fields -> fields.forEachNumber(action));
  }

  /** The texts of the list of this name; empty when there is none. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    each(name, OnnxProto.ATTRIBUTE_TEXTS, fields -> texts.add(fields.text()));
    return texts;
  }

  /** The tensor of this name. */
  Optional<GraphTensor> tensor(String name) {
    List<GraphTensor> found = new ArrayList<>(1);
    each(
        name,
        OnnxProto.ATTRIBUTE_TENSOR,
        fields -> found.add(GraphTensor.of(fields.message(), new Budget())));
    return found.stream().findFirst();
  }

  private void each(String name, int number, Consumer<ProtobufFields> action) {
    ByteBuffer attribute = attributes.get(name);
    if (attribute != null) {
      ProtobufFields.forEach(
          attribute,
          fields -> {
            if (fields.number() == number) {
              action.accept(fields);
            }
          });
    }
  }
}
