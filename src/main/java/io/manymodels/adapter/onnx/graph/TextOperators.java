package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The operators that look inside texts instead of comparing, copying or joining them. They take the
 * bytes of {@link ModifiedUtf8} for UTF-8: with ONNX Runtime 1.28, {@code StringNormalizer} and
 * {@code Tokenizer} then fail, and the others answer something else than for the same text in
 * UTF-8.
 */
final class TextOperators {
  private static final String MICROSOFT = "com.microsoft";

  /** What the operator fills up short lists with goes on to other operators. */
  private static final String PADDING = "pad_value";

  private TextOperators() {}

  /** Whether it is one of them. */
  static boolean lookInside(GraphNode node) {
    return node.is("StringNormalizer")
        || node.is("RegexFullMatch")
        || (node.is("Unique") && node.integer("sorted", 1) != 0)
        || (node.domain().equals(MICROSOFT)
            && (node.operator().equals("Tokenizer") || node.operator().equals("MurmurHash3")));
  }

  /**
   * Checks that none of the graph's own constants goes into one of them in another form than UTF-8.
   * An operator whose output may hold such a text is taken to hold it.
   *
   * @throws IllegalArgumentException when one does
   */
  static void requireNoConstant(OnnxGraph graph) {
    Map<String, List<GraphNode>> uses = new HashMap<>();
    Deque<String> open = new ArrayDeque<>();
    Set<String> seen = new HashSet<>();
    graph.initialisers().values().stream()
        .filter(tensor -> contains(tensor.message(), OnnxProto.TENSOR_STRING_DATA))
        .filter(tensor -> seen.add(tensor.name()))
        .forEach(tensor -> open.add(tensor.name()));
    for (GraphNode node : graph.nodes()) {
      node.inputs()
          .forEach(input -> uses.computeIfAbsent(input, k -> new ArrayList<>(1)).add(node));
      if (makesOther(node)) {
        node.outputs().stream().filter(seen::add).forEach(open::add);
      }
    }
    while (!open.isEmpty()) {
      for (GraphNode node : uses.getOrDefault(open.remove(), List.of())) {
        if (lookInside(node)) {
          throw new IllegalArgumentException(
              "a constant text beyond U+FFFF goes into its operator "
                  + node.operator()
                  + ", which cannot be given that here; use other characters");
        }
        node.outputs().stream().filter(seen::add).forEach(open::add);
      }
    }
  }

  private static boolean makesOther(GraphNode node) {
    return !lookInside(node)
        && node.attributes().values().stream().anyMatch(TextOperators::holdsOther);
  }

  /** Throws {@link IllegalArgumentException} when such an operator itself makes such a text. */
  static void requirePlainPadding(GraphNode node) {
    ByteBuffer padding = node.attributes().get(PADDING);
    if (padding != null && holdsOther(padding)) {
      throw new IllegalArgumentException(
          "the "
              + PADDING
              + " of its operator "
              + node.operator()
              + " is beyond U+FFFF; use another");
    }
  }

  private static boolean holdsOther(ByteBuffer attribute) {
    return contains(attribute, OnnxProto.ATTRIBUTE_TEXT)
        || contains(attribute, OnnxProto.ATTRIBUTE_TEXTS)
        || any(
            attribute,
            field ->
                field.number() == OnnxProto.ATTRIBUTE_TENSOR
                    && contains(field.message(), OnnxProto.TENSOR_STRING_DATA));
  }

  private static boolean contains(ByteBuffer message, int number) {
    return any(message, field -> field.number() == number && ModifiedUtf8.differs(field.message()));
  }

  private static boolean any(ByteBuffer message, Predicate<ProtobufFields> condition) {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      if (condition.test(fields)) {
        return true;
      }
    }
    return false;
  }
}
