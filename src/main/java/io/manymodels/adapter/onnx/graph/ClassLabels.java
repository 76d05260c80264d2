package io.manymodels.adapter.onnx.graph;

import io.manymodels.tensor.Cells;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the columns of probabilities stand for, where the graph says it. Not thread-safe. */
final class ClassLabels {
  private static final List<String> WHOLE = List.of("classlabels_int64s", "classlabels_ints");
  private static final Set<String> CLASSIFIERS =
      Set.of("LinearClassifier", "SVMClassifier", "TreeEnsembleClassifier");

  /** Operators between a classifier and an output; converters put in a handful. */
  private static final int MAX_STEPS = 32;

  private final Constants constants;
  private final IdentityHashMap<GraphNode, List<String>> known = new IdentityHashMap<>();

  ClassLabels(Constants constants) {
    this.constants = constants;
  }

  /** The labels that an operator has; of no size when it has none. */
  static Cells of(GraphNode node) {
    List<String> texts = node.texts("classlabels_strings");
    if (!texts.isEmpty()) {
      return new Cells.Texts(texts.toArray(String[]::new));
    }
    List<Long> numbers = new ArrayList<>();
    for (String name : WHOLE) {
      if (numbers.isEmpty()) {
        node.integers(name, numbers::add);
      }
    }
    return new Cells.Longs(numbers.stream().mapToLong(Long::longValue).toArray());
  }

  /** The same labels as texts. */
  static List<String> texts(Cells labels) {
    if (labels instanceof Cells.Texts texts) {
      return List.of(texts.values());
    }
    List<String> numbers = new ArrayList<>(labels.size());
    if (labels instanceof Cells.Longs longs) {
      for (long label : longs.values()) {
        numbers.add(Long.toString(label));
      }
    }
    return numbers;
  }

  /** Of a graph's output; empty when nothing says it. */
  List<String> ofOutput(String output) {
    String value = output;
    for (int step = 0; step < MAX_STEPS; step++) {
      Optional<GraphNode> producer = constants.producer(value);
      if (producer.isEmpty()) {
        return List.of();
      }
      GraphNode node = producer.get();
      if (isZipMap(node) || (isClassifier(node) && node.output(1).equals(value))) {
        return known.computeIfAbsent(node, classifier -> texts(of(classifier)));
      }
      if (!node.output(0).equals(value) || !PassThrough.takes(node, 0, constants)) {
        return List.of();
      }
      value = node.input(0);
    }
    return List.of();
  }

  /** Whether a graph's output is the class of each row. */
  boolean isLabel(String output) {
    String value = output;
    for (int step = 0; step < MAX_STEPS; step++) {
      Optional<GraphNode> producer = constants.producer(value);
      if (producer.isEmpty() || !producer.get().output(0).equals(value)) {
        return false;
      }
      if (isClassifier(producer.get())) {
        return true;
      }
      if (!PassThrough.takes(producer.get(), 0, constants)) {
        return false;
      }
      value = producer.get().input(0);
    }
    return false;
  }

  static boolean isZipMap(GraphNode node) {
    return node.isLearned("ZipMap");
  }

  static boolean isClassifier(GraphNode node) {
    return node.domain().equals(OnnxProto.ML) && CLASSIFIERS.contains(node.operator());
  }
}
