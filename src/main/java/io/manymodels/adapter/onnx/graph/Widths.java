package io.manymodels.adapter.onnx.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Finds the sizes that a graph leaves open in an input, from the operators that the input reaches:
 * a regression with six coefficients takes six columns, whatever the file declares. Not
 * thread-safe.
 *
 * <p>An operator that picks columns, such as a decision tree, only says how many there are at
 * least. Where nothing says more, that is taken as the width: a wider row would be answered without
 * a look at its last columns.
 */
final class Widths {
  /** Of the file's size: a file can be made to be looked at once for each of its inputs. */
  private static final long MAX_LOOKS = 4;

  private static final long ENOUGH_BYTES = 16 << 20;
  private static final long STEP_BYTES = 16;

  /** Of a list of columns or sizes: more than a hundred thousand are none. */
  private static final int MAX_NUMBERS_BYTES = 1 << 20;

  private final Constants constants;
  private final Uses uses;

  /** Bytes that may still be looked at. */
  private long left;

  Widths(OnnxGraph graph, Uses uses, Constants constants) {
    this.uses = uses;
    this.constants = constants;
    this.left = ENOUGH_BYTES + MAX_LOOKS * graph.bytes();
  }

  /** What the operators say of a value. */
  Evidence of(String value) {
    Evidence evidence = new Evidence();
    Set<String> seen = new HashSet<>(Set.of(value));
    Deque<String> open = new ArrayDeque<>(List.of(value));
    while (!open.isEmpty()) {
      for (Uses.Use use : uses.of(open.remove())) {
        GraphNode node = use.node();
        if (!spend(STEP_BYTES + node.attributeBytes())) {
          return evidence;
        }
        if (node.domain().equals(OnnxProto.ML)) {
          learned(node, use.input(), evidence);
        } else {
          plain(node, use.input(), evidence);
        }
        if (PassThrough.takes(node, use.input(), constants) && seen.add(node.output(0))) {
          open.add(node.output(0));
        }
      }
    }
    return evidence;
  }

  private boolean spend(long bytes) {
    left -= bytes;
    return left >= 0;
  }

  /** A constant of whole numbers that is still to be looked at. */
  private Optional<GraphTensor> numbers(String value) {
    return constants
        .tensor(value)
        .filter(tensor -> tensor.message().remaining() <= MAX_NUMBERS_BYTES)
        .filter(tensor -> spend(tensor.message().remaining()));
  }

  private void learned(GraphNode node, int input, Evidence evidence) {
    if (input != 0 && !node.operator().equals("FeatureVectorizer")) {
      return;
    }
    switch (node.operator()) {
      case "Scaler" -> several(Math.max(node.floats("offset"), node.floats("scale")), evidence);
      case "Imputer" ->
          several(
              Math.max(node.floats("imputed_value_floats"), count(node, "imputed_value_int64s")),
              evidence);
      case "Normalizer" -> evidence.rank(2);
      case "LinearRegressor" ->
          matrix(node.floats("coefficients") / Math.max(1, node.integer("targets", 1)), evidence);
      case "LinearClassifier" ->
          matrix(node.floats("coefficients") / Math.max(1, classes(node)), evidence);
      case "SVMRegressor" -> matrix(supported(node, node.integer("n_supports", 0)), evidence);
      case "SVMClassifier" -> matrix(supported(node, sum(node, "vectors_per_class")), evidence);
      case "TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble" -> {
        evidence.rank(2);
        evidence.leastWidth(highest(node, "nodes_featureids") + 1);
      }
      case "FeatureVectorizer" -> {
        List<Long> sizes = new ArrayList<>();
        node.integers("inputdimensions", sizes::add);
        if (input < sizes.size()) {
          matrix(sizes.get(input), evidence);
        }
      }
      case "ArrayFeatureExtractor" ->
          numbers(node.input(1))
              .ifPresent(indices -> evidence.leastWidth(TensorValues.highest(indices) + 1));
      default -> {}
    }
  }

  private void plain(GraphNode node, int input, Evidence evidence) {
    switch (node.operator()) {
      case "Gemm" -> {
        evidence.rank(2);
        if (input == 0 && node.integer("transA", 0) == 0) {
          dimension(node.input(1), node.integer("transB", 0) == 0 ? 0 : 1, evidence::width);
        }
      }
      case "MatMul", "MatMulInteger", "DynamicQuantizeMatMul", "MatMulIntegerToFloat" -> {
        if (input == 0) {
          product(node.input(1), evidence);
        }
      }
      case "QLinearMatMul" -> {
        if (input == 0) {
          product(node.input(3), evidence);
        }
      }
      case "Conv" -> {
        if (input == 0) {
          constants
              .dims(node.input(1))
              .filter(dims -> dims.size() > 2)
              .ifPresent(
                  dims -> {
                    evidence.rank(dims.size());
                    evidence.channels(dims.get(1) * Math.max(1, node.integer("group", 1)));
                  });
        }
      }
      case "LSTM", "GRU", "RNN" -> {
        if (input == 0) {
          evidence.rank(3);
          dimension(node.input(1), 2, evidence::width);
        }
      }
      case "BatchNormalization" -> {
        if (input == 0) {
          dimension(node.input(1), 0, evidence::channels);
        }
      }
      case "LayerNormalization" -> {
        if (input == 0 && node.integer("axis", -1) == -1) {
          dimension(node.input(1), 0, evidence::width);
        }
      }
      case "Gather" -> {
        long axis = node.integer("axis", 0);
        if (input == 0 && (axis == 1 || axis == -1)) {
          numbers(node.input(1))
              .ifPresent(indices -> evidence.leastWidth(TensorValues.highest(indices) + 1));
        }
      }
      case "CDist" -> {
        if (input == 0) {
          evidence.rank(2);
          dimension(node.input(1), 1, evidence::width);
        }
      }
      case "Scan" -> {
        // How scikit-learn's converter computes distances from constant points.
        if (input == 0) {
          dimension(node.input(1), 1, evidence::likelyWidth);
        }
      }
      case "Compress" -> {
        if (input == 0 && node.integer("axis", 0) == 1) {
          dimension(node.input(1), 0, evidence::leastWidth);
        }
      }
      case "Reshape" -> {
        if (input == 0) {
          numbers(node.input(1))
              .ifPresent(shape -> evidence.likelyWidth(TensorValues.rowSize(shape)));
        }
      }
      case "Split" -> split(node, input, evidence);
      default -> {
        if (input < 2) {
          PassThrough.constant(node, input, constants)
              .filter(dims -> !dims.isEmpty() && dims.size() <= 2)
              .map(dims -> dims.get(dims.size() - 1))
              .filter(size -> size > 1)
              .ifPresent(evidence::likelyWidth);
        }
      }
    }
  }

  /** Of a multiplication with a constant matrix, or list. */
  private void product(String matrix, Evidence evidence) {
    constants
        .dims(matrix)
        .filter(dims -> !dims.isEmpty())
        .ifPresent(dims -> evidence.width(dims.get(Math.max(0, dims.size() - 2))));
  }

  private void split(GraphNode node, int input, Evidence evidence) {
    long axis = node.integer("axis", 0);
    if (input == 0 && (axis == 1 || axis == -1)) {
      long attribute = sum(node, "split");
      evidence.width(
          attribute > 0 ? attribute : numbers(node.input(1)).map(TensorValues::sum).orElse(0L));
    }
  }

  private void dimension(String constant, int index, LongConsumer action) {
    constants
        .dims(constant)
        .filter(dims -> dims.size() > index)
        .ifPresent(dims -> action.accept(dims.get(index)));
  }

  /** One number is for all columns, however many there are. */
  private static void several(long count, Evidence evidence) {
    if (count > 1) {
      evidence.width(count);
    }
  }

  private static void matrix(long width, Evidence evidence) {
    evidence.rank(2);
    evidence.width(width);
  }

  /** ONNX Runtime takes as many rows of coefficients as there are intercepts. */
  private static long classes(GraphNode classifier) {
    long intercepts = classifier.floats("intercepts");
    return intercepts > 0 ? intercepts : ClassLabels.of(classifier).size();
  }

  /** Without support vectors it is a linear model. */
  private static long supported(GraphNode machine, long vectors) {
    long classes = Math.max(1, ClassLabels.of(machine).size());
    return vectors > 0
        ? machine.floats("support_vectors") / vectors
        : machine.floats("coefficients") / classes;
  }

  private static long count(GraphNode node, String name) {
    long[] count = {0};
    node.integers(name, number -> count[0]++);
    return count[0];
  }

  private static long sum(GraphNode node, String name) {
    long[] sum = {0};
    node.integers(name, number -> sum[0] += number);
    return sum[0];
  }

  private static long highest(GraphNode node, String name) {
    long[] highest = {-1};
    node.integers(name, number -> highest[0] = Math.max(highest[0], number));
    return highest[0];
  }
}
