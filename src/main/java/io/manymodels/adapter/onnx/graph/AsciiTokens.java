package io.manymodels.adapter.onnx.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds the inputs of which a graph looks at nothing but words of ASCII letters, as what skl2onnx
 * makes of {@code TfidfVectorizer} does. Between the words one other character is as good as
 * another, so what the operators cannot be given, such as emoji, may be replaced.
 */
final class AsciiTokens {
  /** Operators that only give texts another shape. */
  private static final Set<String> RESHAPES =
      Set.of("Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze");

  /**
   * Regular expressions that match words of ASCII letters only: classes that list them, each any
   * number of times but not none, and borders of words. RE2, which ONNX Runtime uses, takes {@code
   * \w}, {@code \d} and {@code \b} as ASCII.
   */
  private static final Pattern ASCII_WORDS;

  /** Longer ones take too much of the stack. */
  private static final int MAX_EXPRESSION = 100;

  static {
    String letters = "(?:[A-Za-z0-9]-[A-Za-z0-9]|\\\\[wd]|[A-Za-z0-9_'])";
    String one = "(?:\\[" + letters + "+\\]|\\\\[wd])";
    ASCII_WORDS = Pattern.compile("(?:\\\\b)?(?:" + one + "\\+?)+(?:\\\\b)?");
  }

  private final OnnxGraph graph;
  private final Uses uses;

  AsciiTokens(OnnxGraph graph) {
    this.graph = graph;
    this.uses = new Uses(graph);
  }

  /** Those of these inputs; none in a file with nested graphs, which may take any value. */
  Set<String> of(Set<String> inputs) {
    return graph.nodes().stream().anyMatch(GraphNode::hasGraph)
        ? Set.of()
        : inputs.stream().filter(this::onlyWords).collect(Collectors.toUnmodifiableSet());
  }

  private boolean onlyWords(String input) {
    Set<String> seen = new HashSet<>(Set.of(input));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      String value = open.remove();
      if (graph.outputs().containsKey(value)) {
        return false;
      }
      for (Uses.Use use : uses.of(value)) {
        GraphNode node = use.node();
        if (keepsText(node) && use.input() == 0) {
          if (seen.add(node.output(0))) {
            open.add(node.output(0));
          }
        } else if (!takesWords(node)) {
          return false;
        }
      }
    }
    return true;
  }

  /** U+FFFD has no other case, and no stop word is to be equal to it. */
  private static boolean keepsText(GraphNode node) {
    return (node.domain().isEmpty() && RESHAPES.contains(node.operator()))
        || (node.is("StringNormalizer") && node.texts("stopwords").isEmpty());
  }

  private static boolean takesWords(GraphNode node) {
    return TextOperators.isTokenizer(node)
        && node.texts("separators").isEmpty()
        && node.text("tokenexp").length() <= MAX_EXPRESSION
        && ASCII_WORDS.matcher(node.text("tokenexp")).matches();
  }
}
