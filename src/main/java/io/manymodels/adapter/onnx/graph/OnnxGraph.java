package io.manymodels.adapter.onnx.graph;

import io.manymodels.model.ModelRef;
import io.manymodels.protobuf.ProtobufFields;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The main graph of an ONNX file, without the values of its constants and without the graphs nested
 * in it. Reading takes time and memory in proportion to the number of operators and names.
 * Immutable by convention.
 */
final class OnnxGraph {
  /** Until then every initialiser had to be listed as an input. */
  private static final long IR_WITHOUT_INITIALISERS_AS_INPUTS = 4;

  /** More defaults than this at once nobody replaces. */
  private static final int MAX_OPTIONAL = 16;

  private long irVersion;
  private boolean listsAllInitialisers;
  private final Map<String, Long> opsets = new HashMap<>();
  private final Map<String, ValueType> inputs = new LinkedHashMap<>();
  private final Map<String, ValueType> outputs = new LinkedHashMap<>();
  private final List<GraphNode> nodes = new ArrayList<>();
  private final Map<String, GraphTensor> initialisers = new HashMap<>();
  private final Set<String> sparse = new HashSet<>();
  private final Budget budget = new Budget();

  private final long bytes;

  private OnnxGraph(long bytes) {
    this.bytes = bytes;
  }

  /** Throws {@code LOAD_FAILED} when it is no ONNX file; does not move the position. */
  static OnnxGraph of(ModelRef ref, ByteBuffer file) {
    try {
      OnnxGraph graph = new OnnxGraph(file.remaining());
      ProtobufFields.forEach(file.slice(), graph::model);
      graph.listsAllInitialisers = graph.findWhetherAllAreListed();
      return graph;
    } catch (IllegalArgumentException e) {
      throw GraphRefusal.ofBytes(ref, e);
    }
  }

  private void model(ProtobufFields field) {
    switch (field.number()) {
      case OnnxProto.MODEL_IR_VERSION -> irVersion = field.value();
      case OnnxProto.MODEL_OPSET -> opset(field.message());
      case OnnxProto.MODEL_GRAPH -> ProtobufFields.forEach(field.message(), this::part);
      default -> {}
    }
  }

  private void opset(ByteBuffer message) {
    String domain = "";
    long version = 0;
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      switch (fields.number()) {
        case OnnxProto.OPSET_DOMAIN -> domain = budget.name(fields);
        case OnnxProto.OPSET_VERSION -> version = fields.value();
        default -> {}
      }
    }
    opsets.put(GraphNode.plainDomain(domain), version);
  }

  private void part(ProtobufFields field) {
    ByteBuffer message = field.message();
    switch (field.number()) {
      case OnnxProto.GRAPH_NODE -> nodes.add(GraphNode.of(message, budget));
      case OnnxProto.GRAPH_INPUT -> value(message, inputs);
      case OnnxProto.GRAPH_OUTPUT -> value(message, outputs);
      case OnnxProto.GRAPH_INITIALIZER -> {
        GraphTensor tensor = GraphTensor.of(message, budget);
        initialisers.put(tensor.name(), tensor);
      }
      case OnnxProto.GRAPH_SPARSE_INITIALIZER ->
          ProtobufFields.forEach(
              message,
              inner -> {
                if (inner.number() == OnnxProto.SPARSE_VALUES) {
                  sparse.add(GraphTensor.of(inner.message(), budget).name());
                }
              });
      default -> {}
    }
  }

  private void value(ByteBuffer message, Map<String, ValueType> values) {
    String name = "";
    ValueType type = new ValueType.Unknown();
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      switch (fields.number()) {
        case OnnxProto.VALUE_NAME -> name = budget.name(fields);
        case OnnxProto.VALUE_TYPE -> type = ValueType.of(fields.message());
        default -> {}
      }
    }
    if (name.isEmpty() || values.put(name, type) != null) {
      throw new IllegalArgumentException(
          name.isEmpty()
              ? "it declares a value without a name"
              : "it declares '" + name + "' twice");
    }
  }

  /** Of the file. */
  long bytes() {
    return bytes;
  }

  /** The versions of the operator sets that the file imports, by domain; empty for ONNX's own. */
  Map<String, Long> opsets() {
    return opsets;
  }

  /** In the graph's order, those that are initialisers too included. */
  Map<String, ValueType> inputs() {
    return inputs;
  }

  /** In the graph's order. */
  Map<String, ValueType> outputs() {
    return outputs;
  }

  List<GraphNode> nodes() {
    return nodes;
  }

  Map<String, GraphTensor> initialisers() {
    return initialisers;
  }

  /** Whether nobody sends this input, because it is a weight that the file lists as an input. */
  boolean isWeight(String input) {
    GraphTensor tensor = initialisers.get(input);
    if (tensor == null) {
      return sparse.contains(input);
    }
    return listsAllInitialisers
        || ElementType.datatype(tensor.type()).isEmpty()
        || tensor.isElsewhere();
  }

  /**
   * Whether its inputs are of the old kind: every initialiser is listed. From IR version 4 on that
   * may be on purpose, so only many are taken as what an exporter listed without being asked.
   */
  private boolean findWhetherAllAreListed() {
    return irVersion < IR_WITHOUT_INITIALISERS_AS_INPUTS
        || (initialisers.size() > MAX_OPTIONAL
            && inputs.keySet().containsAll(initialisers.keySet()));
  }

  /** Whether the file has a value for this input, which a caller may replace. */
  boolean isOptional(String input) {
    return inputs.containsKey(input) && initialisers.containsKey(input) && !isWeight(input);
  }
}
