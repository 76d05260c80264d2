package io.manymodels.adapter.onnx.graph;

import java.util.Set;

/**
 * The operators that look inside texts instead of comparing, copying or joining them. They take the
 * bytes of {@link ModifiedUtf8} for UTF-8, so that what lies beyond U+FFFF, and U+0000, is two
 * unknown characters to them, or an error.
 */
final class TextOperators {
  private static final Set<String> OWN = Set.of("RegexFullMatch", "StringNormalizer", "Unique");

  private static final Set<String> MICROSOFT = Set.of("MurmurHash3", "Tokenizer");

  private TextOperators() {}

  static boolean lookInside(GraphNode node) {
    return (node.domain().isEmpty() && OWN.contains(node.operator()))
        || (node.domain().equals("com.microsoft") && MICROSOFT.contains(node.operator()));
  }
}
