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
final class ServedRewrite extends TextRewrite {
  /** ONNX's own operators that are put in are the same from this version on. */
  private static final long OPSET_OF_ADDED = 13;

  /** The element type that ONNX Runtime's Java binding has, of as many bits. */
  private static final Map<Long, Long> SIGNED =
      Map.of(
          (long) ElementType.UINT16, (long) ElementType.INT16,
          (long) ElementType.UINT32, (long) ElementType.INT32,
          (long) ElementType.UINT64, (long) ElementType.INT64);

  private final OnnxGraph graph;
  private final EmptyTopK emptyTopK;
  private final Constants constants;
  private final DoubleImputers imputers;
  private final Map<String, Cells> keys = new HashMap<>();

  /** Inputs whose bits are sent as signed numbers, with the name of what is made of them. */
  private final Map<String, String> unsigned = new LinkedHashMap<>();

  /** A function has names of its own. */
  private boolean inFunction;

  /** The graph may be written in several fields of the file, and gets them once. */
  private boolean castsAdded;

  ServedRewrite(OnnxGraph graph, TextLocales locales) {
    super(locales);
    this.graph = graph;
    this.constants = new Constants(graph);
    this.emptyTopK = new EmptyTopK(constants);
    this.imputers = new DoubleImputers(graph, constants);
    graph.nodes().stream().filter(this::isZipMapOfOutput).forEach(this::putKeys);
    // Only ONNX Runtime can hand the maps on to another operator.
    graph.nodes().forEach(node -> node.inputs().forEach(keys::remove));
    findUnsigned();
  }

  private boolean isZipMapOfOutput(GraphNode node) {
    return ClassLabels.isZipMap(node) && graph.outputs().containsKey(node.output(0));
  }

  private void putKeys(GraphNode zipMap) {
    Cells labels = ClassLabels.of(zipMap);
    if (labels.size() > 0) {
      keys.put(zipMap.output(0), labels);
    }
  }

  private boolean isUnsigned(String input) {
    return SIGNED.containsKey(element(input)) && !graph.isWeight(input);
  }

  private void findUnsigned() {
    List<String> found = graph.inputs().keySet().stream().filter(this::isUnsigned).toList();
    if (found.isEmpty()) {
      return;
    }
    Set<String> names = new HashSet<>(graph.inputs().keySet());
    names.addAll(graph.initialisers().keySet());
    graph.nodes().forEach(node -> names.addAll(node.outputs()));
    for (String input : found) {
      String made = input + "/unsigned";
      while (!names.add(made)) {
        made += "'";
      }
      unsigned.put(input, made);
    }
  }

  private long element(String input) {
    return graph.inputs().get(input) instanceof ValueType.Tensor tensor ? tensor.element() : 0;
  }

  /** The labels of the columns of outputs that were lists of maps, by the output's name. */
  Map<String, Cells> keys() {
    return keys;
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
    inFunction = true;
    @Nullable ProtobufMessage changed = super.functionField(field);
    inFunction = false;
    return changed;
  }

  @Override
  @Nullable ProtobufMessage graph(ByteBuffer message, int depth) {
    @Nullable ProtobufMessage changed = super.graph(message, depth);
    if (changed == null || depth > 0 || unsigned.isEmpty() || castsAdded) {
      return changed;
    }
    castsAdded = true;
    ProtobufMessage complete = new ProtobufMessage();
    unsigned.forEach((input, made) -> complete.message(OnnxProto.GRAPH_NODE, cast(input, made)));
    return complete.append(changed);
  }

  private ProtobufMessage cast(String input, String made) {
    return new ProtobufMessage()
        .text(OnnxProto.NODE_INPUT, input)
        .text(OnnxProto.NODE_OUTPUT, made)
        .text(OnnxProto.NODE_OPERATOR, "Cast")
        .message(OnnxProto.NODE_ATTRIBUTE, attribute("to", element(input)));
  }

  @Override
  @Nullable ProtobufMessage graphField(ProtobufFields field, int depth) {
    if (depth > 0) {
      return super.graphField(field, depth);
    }
    return switch (field.number()) {
      case OnnxProto.GRAPH_NODE -> {
        GraphNode node = GraphNode.of(field.message(), new Budget());
        yield imputers.contains(node) ? imputers.instead(node) : super.graphField(field, depth);
      }
      case OnnxProto.GRAPH_INITIALIZER ->
          graph.isOptional(name(field.message(), OnnxProto.TENSOR_NAME))
              ? new ProtobufMessage()
              : super.graphField(field, depth);
      case OnnxProto.GRAPH_INPUT ->
          unsigned.containsKey(name(field.message(), OnnxProto.VALUE_NAME))
              ? in(field, signed(field.message()))
              : super.graphField(field, depth);
      case OnnxProto.GRAPH_OUTPUT -> {
        String name = name(field.message(), OnnxProto.VALUE_NAME);
        // ONNX Runtime finds out the type itself: that of maps depends on what they were made of.
        yield keys.containsKey(name) || isSingle(name)
            ? in(field, named(OnnxProto.VALUE_NAME, name))
            : super.graphField(field, depth);
      }
      default -> super.graphField(field, depth);
    };
  }

  private boolean isSingle(String output) {
    ValueType declared = graph.outputs().get(output);
    return declared != null && SingleOutputs.contains(output, declared, constants);
  }

  private static @Nullable ProtobufMessage signed(ByteBuffer value) {
    return changed(
        value,
        List.of(OnnxProto.VALUE_TYPE, OnnxProto.TYPE_TENSOR, OnnxProto.TYPE_ELEMENT),
        element -> SIGNED.getOrDefault(element, element));
  }

  /** The message with the number at this path changed. */
  private static @Nullable ProtobufMessage changed(
      ByteBuffer message, List<Integer> path, LongUnaryOperator change) {
    return ProtobufMessage.changed(
        message,
        field -> {
          if (field.number() != path.get(0)) {
            return null;
          }
          return path.size() == 1
              ? new ProtobufMessage().number(field.number(), change.applyAsLong(field.value()))
              : in(field, changed(field.message(), path.subList(1, path.size()), change));
        });
  }

  @Override
  @Nullable ProtobufMessage operator(ProtobufFields field, int depth) {
    ByteBuffer message = field.message();
    if (!emptyTopK.contains(message, depth)) {
      return super.operator(field, depth);
    }
    @Nullable ProtobufMessage changed = node(message, depth);
    return EmptyTopK.instead(
        field.number(), changed == null ? message : ByteBuffer.wrap(changed.toBytes()));
  }

  @Override
  @Nullable ProtobufMessage node(ByteBuffer message, int depth) {
    if (depth == 0 && !keys.isEmpty()) {
      GraphNode node = GraphNode.of(message, new Budget());
      if (ClassLabels.isZipMap(node) && keys.containsKey(node.output(0))) {
        return named(OnnxProto.NODE_INPUT, node.input(0))
            .append(named(OnnxProto.NODE_OUTPUT, node.output(0)))
            .text(OnnxProto.NODE_OPERATOR, "Identity");
      }
    }
    return super.node(message, depth);
  }

  @Override
  @Nullable ProtobufMessage nodeInput(ProtobufFields field) {
    @Nullable String made = inFunction ? null : unsigned.get(field.text());
    return made == null ? super.nodeInput(field) : named(field.number(), made);
  }
}
