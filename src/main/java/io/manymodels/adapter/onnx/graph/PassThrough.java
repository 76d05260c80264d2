package io.manymodels.adapter.onnx.graph;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The operators whose output has a column for each column of their first input. */
final class PassThrough {
  private static final Set<String> PLAIN =
      Set.of(
          "Abs",
          "Cast",
          "CastLike",
          "Ceil",
          "Clip",
          "Elu",
          "Erf",
          "Exp",
          "Floor",
          "Identity",
          "IsNaN",
          "LayerNormalization",
          "LeakyRelu",
          "Log",
          "LogSoftmax",
          "Neg",
          "Not",
          "QuantizeLinear",
          "DequantizeLinear",
          "DynamicQuantizeLinear",
          "Dropout",
          "Reciprocal",
          "Relu",
          "Round",
          "Selu",
          "Sigmoid",
          "Sign",
          "Softmax",
          "Softplus",
          "Sqrt",
          "Tanh");

  private static final Set<String> LEARNED =
      Set.of("Binarizer", "CategoryMapper", "Imputer", "LabelEncoder", "Normalizer", "Scaler");

  private static final Set<String> WITH_CONSTANT = Set.of("Add", "Div", "Mul", "Pow", "Sub");

  private PassThrough() {}

  /** Whether the operator's output has the columns of this input. */
  static boolean takes(GraphNode node, int input, Constants constants) {
    if (node.domain().isEmpty()) {
      return (input == 0 && PLAIN.contains(node.operator()))
          || (input < 2 && constant(node, input, constants).isPresent());
    }
    return input == 0 && node.domain().equals(OnnxProto.ML) && LEARNED.contains(node.operator());
  }

  static boolean isArithmetic(GraphNode node) {
    return node.domain().isEmpty() && WITH_CONSTANT.contains(node.operator());
  }

  /** The dimensions of the constant that this input is added to, multiplied with and so on. */
  static Optional<List<Long>> constant(GraphNode node, int input, Constants constants) {
    return isArithmetic(node) ? constants.dims(node.input(1 - input)) : Optional.empty();
  }
}
