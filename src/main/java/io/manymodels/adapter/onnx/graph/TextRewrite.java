package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.protobuf.ProtobufMessage;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings all texts of a file into the encoding in which ONNX Runtime's Java binding passes texts,
 * so that it compares like with like: the constants, and the names of values. Gives operators a
 * locale that the machine has. Not thread-safe.
 *
 * <p>The texts in attributes of operators that look inside texts stay, because these operators take
 * them for UTF-8.
 */
class TextRewrite extends FileRewrite {
  private final TextLocales locales;
  private final Set<String> textOperators = new HashSet<>();

  private boolean looksInsideBelow;
  private boolean changesTexts;

  TextRewrite(TextLocales locales) {
    this.locales = locales;
  }

  /** The operators found so far that look inside texts, by name. */
  Set<String> textOperators() {
    return textOperators;
  }

  /**
   * The names of the inputs, after the rewrite, whose texts may go into an operator that looks
   * inside texts. In nested graphs and functions it is not looked at what goes where, so with such
   * an operator there it is all inputs.
   *
   * @throws IllegalArgumentException when a constant text that was changed may go into one
   */
  Set<String> plainTexts(OnnxGraph graph) {
    if (textOperators.isEmpty()) {
      return Set.of();
    }
    Constants constants = new Constants(graph);
    Set<String> into = TextOperators.goingIn(graph, constants);
    boolean changed =
        changesTexts
            && (looksInsideBelow
                || into.stream().anyMatch(v -> TextOperators.isOther(v, graph, constants)));
    if (changed) {
      throw new IllegalArgumentException(
          "a constant text beyond U+FFFF goes into one of its operators "
              + new TreeSet<>(textOperators)
              + ", which cannot be given such a text here; use other characters");
    }
    return graph.inputs().entrySet().stream()
        .filter(input -> looksInsideBelow || into.contains(input.getKey()))
        .filter(input -> isText(input.getValue()) && !graph.isWeight(input.getKey()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isText(ValueType type) {
    return type instanceof ValueType.Tensor tensor && tensor.element() == ElementType.STRING;
  }

  @Override
  @Nullable ProtobufMessage graphField(ProtobufFields field, int depth) {
    return switch (field.number()) {
      case OnnxProto.GRAPH_INPUT, OnnxProto.GRAPH_OUTPUT, OnnxProto.GRAPH_VALUE_INFO ->
          in(field, texts(field.message(), OnnxProto.VALUE_NAME));
      default -> super.graphField(field, depth);
    };
  }

  @Override
  @Nullable ProtobufMessage functionField(ProtobufFields field) {
    return switch (field.number()) {
      case OnnxProto.FUNCTION_INPUT, OnnxProto.FUNCTION_OUTPUT -> text(field);
      case OnnxProto.FUNCTION_OPSET -> in(field, Versions.lowerOpset(field.message()));
      default -> super.functionField(field);
    };
  }

  @Override
  @Nullable ProtobufMessage node(ByteBuffer message, int depth) {
    GraphNode node = GraphNode.of(message, new Budget());
    boolean looksInside = TextOperators.lookInside(node);
    if (looksInside) {
      TextOperators.requirePlainPadding(node);
      textOperators.add(node.operator());
      looksInsideBelow |= depth > 0;
    }
    @Nullable ProtobufMessage changed =
        ProtobufMessage.changed(
            message,
            field ->
                switch (field.number()) {
                  case OnnxProto.NODE_INPUT -> nodeInput(field);
                  case OnnxProto.NODE_OUTPUT -> text(field);
                  case OnnxProto.NODE_ATTRIBUTE ->
                      looksInside ? null : in(field, attribute(field.message(), depth));
                  default -> null;
                });
    return node.is("StringNormalizer") ? localised(node, message, changed) : changed;
  }

  /** Of the name of a value that an operator takes. */
  @Nullable ProtobufMessage nodeInput(ProtobufFields field) {
    return text(field);
  }

  /** With a locale that the machine has. */
  private @Nullable ProtobufMessage localised(
      GraphNode node, ByteBuffer message, @Nullable ProtobufMessage changed) {
    String wanted = node.text(TextLocales.ATTRIBUTE);
    String served = locales.instead(wanted);
    if (served.equals(wanted)) {
      return changed;
    }
    ByteBuffer before = changed == null ? message : ByteBuffer.wrap(changed.toBytes());
    @Nullable ProtobufMessage without =
        ProtobufMessage.changed(
            before,
            field ->
                field.number() == OnnxProto.NODE_ATTRIBUTE
                        && name(field.message(), OnnxProto.ATTRIBUTE_NAME)
                            .equals(TextLocales.ATTRIBUTE)
                    ? new ProtobufMessage()
                    : null);
    ProtobufMessage target = without == null ? new ProtobufMessage().fields(before) : without;
    return target.message(
        OnnxProto.NODE_ATTRIBUTE, StringNormalizerModel.attribute(TextLocales.ATTRIBUTE, served));
  }

  @Override
  @Nullable ProtobufMessage constant(ByteBuffer tensor) {
    return texts(tensor, OnnxProto.TENSOR_NAME, OnnxProto.TENSOR_STRING_DATA);
  }

  private @Nullable ProtobufMessage texts(ByteBuffer message, int... numbers) {
    return ProtobufMessage.changed(
        message,
        field -> {
          for (int number : numbers) {
            if (field.number() == number) {
              return text(field);
            }
          }
          return null;
        });
  }

  @Override
  @Nullable ProtobufMessage text(ProtobufFields field) {
    @Nullable ByteBuffer encoded = ModifiedUtf8.of(field.message());
    changesTexts |= encoded != null;
    return encoded == null ? null : new ProtobufMessage().bytes(field.number(), encoded);
  }

  /** A message with one name in it. */
  static ProtobufMessage named(int field, String name) {
    return new ProtobufMessage().bytes(field, ModifiedUtf8.of(name));
  }

  /** The last text in a field of this number; empty when there is none. */
  static String name(ByteBuffer message, int number) {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    String name = "";
    while (fields.next()) {
      name = fields.number() == number ? fields.text() : name;
    }
    return name;
  }
}
