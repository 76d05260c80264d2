package io.manymodels.adapter.onnx.graph;

import java.util.Set;

/**
 * The outputs of a graph that are declared as doubles, though the operator that makes them makes
 * numbers of single precision whatever it takes. scikit-learn's converter writes such files for
 * forests of doubles, and ONNX Runtime refuses them for the declaration alone.
 */
final class SingleOutputs {
  /** Operators whose first output is of single precision, by the schemas of ai.onnx.ml 1 to 5. */
  private static final Set<String> FIRST =
      Set.of(
          "LinearRegressor",
          "Normalizer",
          "OneHotEncoder",
          "SVMRegressor",
          "Scaler",
          "TreeEnsembleRegressor");

  private SingleOutputs() {}

  /** Whether the output is one. */
  static boolean contains(String output, ValueType declared, Constants constants) {
    return declared instanceof ValueType.Tensor tensor
        && tensor.element() == ElementType.DOUBLE
        && constants.producer(output).filter(node -> makes(node, output)).isPresent();
  }

  private static boolean makes(GraphNode node, String value) {
    return node.domain().equals(OnnxProto.ML)
        && ((FIRST.contains(node.operator()) && node.output(0).equals(value))
            || (ClassLabels.isClassifier(node) && node.output(1).equals(value)));
  }
}
