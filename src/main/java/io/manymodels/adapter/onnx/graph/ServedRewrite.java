package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.protobuf.ProtobufMessage;
import io.manymodels.tensor.Cells;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes the copy of one file that {@link ServedGraph} describes. Not thread-safe. */
final class ServedRewrite extends FileRewrite {
  /** ONNX's own operators that are put in are the same from this version on. */
  private static final long OPSET_OF_ADDED = 13;

  /** The element type that ONNX Runtime's Java binding has, of as many bits. */
  private static final Map<Long, Long> SIGNED =
      Map.of(
          (long) ElementType.UINT16, (long) ElementType.INT16,
          (long) ElementType.UINT32, (long) ElementType.INT32,
          (long) ElementType.UINT64, (long) ElementType.INT64);

  private final OnnxGraph graph;
  private final TextLocales locales;
  private final Map<String, Cells> keys = new HashMap<>();

  /** Inputs whose bits are sent as signed numbers, with the name of what is made of them. */
  private final Map<String, String> unsigned = new LinkedHashMap<>();

  private final Set<String> textOperators = new HashSet<>();

  /** A function has names of its own. */
  private boolean inFunction;

  ServedRewrite(OnnxGraph graph, TextLocales locales) {
    this.graph = graph;
    this.locales = locales;
    findZipMaps();
    findUnsigned();
  }

  /** The labels of the columns of outputs that were lists of maps, by the output's name. */
  Map<String, Cells> keys() {
    return keys;
  }

  /** Operators that look inside texts. */
  Set<String> textOperators() {
    return textOperators;
  }

  private void findZipMaps() {
    Set<String> used = new HashSet<>();
    graph.nodes().forEach(node -> used.addAll(node.inputs()));
    for (GraphNode node : graph.nodes()) {
      String output = node.output(0);
      if (ClassLabels.isZipMap(node)
          && graph.outputs().containsKey(output)
          && !used.contains(output)) {
        keys.put(output, ClassLabels.of(node));
      }
    }
  }

  private void findUnsigned() {
    graph
        .inputs()
        .forEach(
            (name, type) -> {
              if (type instanceof ValueType.Tensor tensor
                  && SIGNED.containsKey(tensor.element())
                  && !graph.isWeight(name)) {
                unsigned.put(name, name + "/unsigned");
              }
            });
  }

  @Override
  @Nullable ProtobufMessage file(ByteBuffer file) {
    @Nullable ProtobufMessage changed = super.file(file);
    boolean addsOperators = !keys.isEmpty() || !unsigned.isEmpty();
    if (changed != null && addsOperators && !graph.opsets().containsKey("")) {
      changed.message(
          OnnxProto.MODEL_OPSET,
          new ProtobufMessage()
              .text(OnnxProto.OPSET_DOMAIN, "")
              .number(OnnxProto.OPSET_VERSION, OPSET_OF_ADDED));
    }
    return changed;
  }

  @Override
  @Nullable ProtobufMessage modelField(ProtobufFields field) {
    return switch (field.number()) {
      case OnnxProto.MODEL_IR_VERSION -> Versions.lowerIr(field);
      case OnnxProto.MODEL_OPSET -> in(field, Versions.lowerOpset(field.message()));
      default -> super.modelField(field);
    };
  }

  @Override
  @Nullable ProtobufMessage functionField(ProtobufFields field) {
    if (field.number() == OnnxProto.FUNCTION_OPSET) {
      return in(field, Versions.lowerOpset(field.message()));
    }
    inFunction = true;
    @Nullable ProtobufMessage changed = super.functionField(field);
    inFunction = false;
    return changed;
  }

  @Override
  @Nullable ProtobufMessage graph(ByteBuffer message, int depth) {
    @Nullable ProtobufMessage changed = super.graph(message, depth);
    if (changed == null || depth > 0 || unsigned.isEmpty()) {
      return changed;
    }
    ProtobufMessage complete = new ProtobufMessage();
    unsigned.forEach(
        (input, made) ->
            complete.message(
                OnnxProto.GRAPH_NODE,
                new ProtobufMessage()
                    .text(OnnxProto.NODE_INPUT, input)
                    .text(OnnxProto.NODE_OUTPUT, made)
                    .text(OnnxProto.NODE_OPERATOR, "Cast")
                    .message(OnnxProto.NODE_ATTRIBUTE, castTo(input))));
    return complete.append(changed);
  }

  private ProtobufMessage castTo(String input) {
    long element =
        graph.inputs().get(input) instanceof ValueType.Tensor tensor ? tensor.element() : 0;
    return new ProtobufMessage()
        .text(OnnxProto.ATTRIBUTE_NAME, "to")
        .number(OnnxProto.ATTRIBUTE_INT, element)
        .number(OnnxProto.ATTRIBUTE_TYPE, OnnxProto.ATTRIBUTE_TYPE_INT);
  }

  @Override
  @Nullable ProtobufMessage graphField(ProtobufFields field, int depth) {
    if (depth == 0) {
      switch (field.number()) {
        case OnnxProto.GRAPH_INITIALIZER -> {
          if (graph.isOptional(name(field.message(), OnnxProto.TENSOR_NAME))) {
            return new ProtobufMessage();
          }
        }
        case OnnxProto.GRAPH_INPUT -> {
          return in(field, input(field.message()));
        }
        case OnnxProto.GRAPH_OUTPUT -> {
          String name = name(field.message(), OnnxProto.VALUE_NAME);
          if (keys.containsKey(name)) {
            // ONNX Runtime finds out the type itself: it depends on what the map was made of.
            return in(field, new ProtobufMessage().text(OnnxProto.VALUE_NAME, name));
          }
        }
        default -> {}
      }
    }
    return super.graphField(field, depth);
  }

  private @Nullable ProtobufMessage input(ByteBuffer value) {
    if (!unsigned.containsKey(name(value, OnnxProto.VALUE_NAME))) {
      return null;
    }
    return nested(
        value,
        List.of(OnnxProto.VALUE_TYPE, OnnxProto.TYPE_TENSOR, OnnxProto.TYPE_ELEMENT),
        element -> SIGNED.getOrDefault(element, element));
  }

  private static @Nullable ProtobufMessage nested(
      ByteBuffer message, List<Integer> path, LongUnaryOperator change) {
    return ProtobufMessage.changed(
        message,
        field -> {
          if (field.number() != path.get(0)) {
            return null;
          }
          return path.size() == 1
              ? new ProtobufMessage().number(field.number(), change.applyAsLong(field.value()))
              : in(field, nested(field.message(), path.subList(1, path.size()), change));
        });
  }

  @Override
  @Nullable ProtobufMessage node(ByteBuffer message, int depth) {
    GraphNode node = GraphNode.of(message, new Budget());
    if (depth == 0 && ClassLabels.isZipMap(node) && keys.containsKey(node.output(0))) {
      return new ProtobufMessage()
          .text(OnnxProto.NODE_INPUT, unsigned.getOrDefault(node.input(0), node.input(0)))
          .text(OnnxProto.NODE_OUTPUT, node.output(0))
          .text(OnnxProto.NODE_OPERATOR, "Identity");
    }
    if (TextOperators.lookInside(node)) {
      textOperators.add(node.operator());
    }
    @Nullable ProtobufMessage changed =
        ProtobufMessage.changed(
            message,
            field ->
                switch (field.number()) {
                  case OnnxProto.NODE_INPUT -> renamed(field);
                  case OnnxProto.NODE_ATTRIBUTE -> in(field, attribute(field.message(), depth));
                  default -> null;
                });
    return node.is("StringNormalizer") ? localised(node, message, changed) : changed;
  }

  private @Nullable ProtobufMessage renamed(ProtobufFields field) {
    if (unsigned.isEmpty() || inFunction) {
      return null;
    }
    @Nullable String made = unsigned.get(field.text());
    return made == null ? null : new ProtobufMessage().text(field.number(), made);
  }

  /** With a locale that the machine has. */
  private @Nullable ProtobufMessage localised(
      GraphNode node, ByteBuffer message, @Nullable ProtobufMessage changed) {
    String wanted = node.text(TextLocales.ATTRIBUTE);
    String served = locales.instead(wanted);
    if (served.equals(wanted)) {
      return changed;
    }
    ByteBuffer before = changed == null ? message : ByteBuffer.wrap(changed.toBytes());
    @Nullable ProtobufMessage without =
        ProtobufMessage.changed(
            before,
            field ->
                field.number() == OnnxProto.NODE_ATTRIBUTE
                        && name(field.message(), OnnxProto.ATTRIBUTE_NAME)
                            .equals(TextLocales.ATTRIBUTE)
                    ? new ProtobufMessage()
                    : null);
    ProtobufMessage target = without == null ? new ProtobufMessage().fields(before) : without;
    return target.message(
        OnnxProto.NODE_ATTRIBUTE, StringNormalizerModel.attribute(TextLocales.ATTRIBUTE, served));
  }

  @Override
  @Nullable ProtobufMessage constant(ByteBuffer tensor) {
    return ProtobufMessage.changed(
        tensor, field -> field.number() == OnnxProto.TENSOR_STRING_DATA ? text(field) : null);
  }

  @Override
  @Nullable ProtobufMessage text(ProtobufFields field) {
    @Nullable ByteBuffer encoded = ModifiedUtf8.of(field.message());
    return encoded == null ? null : new ProtobufMessage().bytes(field.number(), encoded);
  }

  private static String name(ByteBuffer message, int number) {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    String name = "";
    while (fields.next()) {
      name = fields.number() == number ? fields.text() : name;
    }
    return name;
  }
}
