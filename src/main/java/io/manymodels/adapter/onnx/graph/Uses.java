package io.manymodels.adapter.onnx.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Where the values of a graph go. Immutable. */
final class Uses {
  private final Map<String, List<Use>> byValue = new HashMap<>();

  /** An operator, and the number of its input. */
  record Use(GraphNode node, int input) {}

  Uses(OnnxGraph graph) {
    for (GraphNode node : graph.nodes()) {
      for (int i = 0; i < node.inputs().size(); i++) {
        byValue
            .computeIfAbsent(node.inputs().get(i), name -> new ArrayList<>(1))
            .add(new Use(node, i));
      }
    }
  }

  /** The operators that take the value; empty when none does. */
  List<Use> of(String value) {
    return byValue.getOrDefault(value, List.of());
  }
}
