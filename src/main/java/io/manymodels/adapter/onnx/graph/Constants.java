package io.manymodels.adapter.onnx.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The shapes of a graph's constants: its initialisers, what {@code Constant} makes, and what is
 * only another form of them. Not thread-safe.
 */
final class Constants {
  private static final int MAX_STEPS = 8;

  private final OnnxGraph graph;
  private final Map<String, GraphNode> producers = new HashMap<>();

  private final Map<String, Optional<List<Long>>> dims = new HashMap<>();

  /** What {@code Constant} makes. */
  private final Map<String, Optional<GraphTensor>> tensors = new HashMap<>();

  Constants(OnnxGraph graph) {
    this.graph = graph;
    for (GraphNode node : graph.nodes()) {
      node.outputs().forEach(output -> producers.putIfAbsent(output, node));
    }
  }

  /** The operator that makes this value. */
  Optional<GraphNode> producer(String value) {
    return Optional.ofNullable(producers.get(value));
  }

  /** The dimensions of a constant; empty when the value is none. */
  Optional<List<Long>> dims(String value) {
    Optional<List<Long>> known = dims.get(value);
    if (known == null) {
      known = findDims(value);
      dims.put(value, known);
    }
    return known;
  }

  private Optional<List<Long>> findDims(String value) {
    boolean transposed = false;
    String name = value;
    for (int step = 0; step < MAX_STEPS && !name.isEmpty(); step++) {
      Optional<GraphTensor> tensor = tensor(name);
      if (tensor.isPresent()) {
        List<Long> sizes = new ArrayList<>(tensor.get().dims());
        if (transposed) {
          Collections.reverse(sizes);
        }
        return Optional.of(sizes);
      }
      GraphNode node = producers.get(name);
      if (node == null || !(isOtherForm(node) || isScaled(node))) {
        return Optional.empty();
      }
      transposed ^= node.is("Transpose");
      name = node.input(0);
    }
    return Optional.empty();
  }

  private static boolean isOtherForm(GraphNode node) {
    return node.is("Identity")
        || node.is("Cast")
        || node.is("DequantizeLinear")
        || (node.is("Transpose") && reverses(node));
  }

  /** Whether each number is multiplied by another and so on, the same for all. */
  private boolean isScaled(GraphNode node) {
    return PassThrough.isArithmetic(node)
        && tensor(node.input(1)).filter(factor -> factor.dims().size() <= 1).isPresent();
  }

  private static boolean reverses(GraphNode transpose) {
    List<Long> order = new ArrayList<>();
    transpose.integers("perm", order::add);
    return order.isEmpty() || order.equals(List.of(1L, 0L));
  }

  /** The constant of this name; empty when the value is none. */
  Optional<GraphTensor> tensor(String value) {
    GraphTensor initialiser = graph.initialisers().get(value);
    if (initialiser != null) {
      return graph.isOptional(value) ? Optional.empty() : Optional.of(initialiser);
    }
    return tensors.computeIfAbsent(
        value,
        name ->
            producer(name)
                .filter(node -> node.is("Constant"))
                .flatMap(node -> node.tensor("value")));
  }
}
