package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
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
        || isTokenizer(node)
        || (node.domain().equals(MICROSOFT) && node.operator().equals("MurmurHash3"));
  }

  /** Whether it takes texts apart. */
  static boolean isTokenizer(GraphNode node) {
    return node.domain().equals(MICROSOFT) && node.operator().equals("Tokenizer");
  }

  /**
   * The values that may go into one of them: inputs, constants and what is made of these. A value
   * that an operator takes is taken to be in what it makes.
   */
  static Set<String> goingIn(OnnxGraph graph, Constants constants) {
    Deque<String> open = new ArrayDeque<>();
    Set<String> seen = new HashSet<>();
    graph.nodes().stream()
        .filter(TextOperators::lookInside)
        .flatMap(node -> node.inputs().stream())
        .filter(seen::add)
        .forEach(open::add);
    while (!open.isEmpty()) {
      constants.producer(open.remove()).stream()
          .flatMap(node -> node.inputs().stream())
          .filter(seen::add)
          .forEach(open::add);
    }
    return seen;
  }

  /** Whether the value is a constant, or is made with one, that is other bytes than its UTF-8. */
  static boolean isOther(String value, OnnxGraph graph, Constants constants) {
    GraphTensor initialiser = graph.initialisers().get(value);
    return initialiser != null
        ? contains(initialiser.message(), OnnxProto.TENSOR_STRING_DATA)
        : constants.producer(value).filter(TextOperators::makesOther).isPresent();
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
