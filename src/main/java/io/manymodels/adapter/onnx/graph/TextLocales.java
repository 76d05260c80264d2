package io.manymodels.adapter.onnx.graph;

/**
 * The locales of this machine, as ONNX Runtime finds them. Its operator {@code StringNormalizer}
 * changes the case of letters by one, and cannot be made where that is missing. Thread-safe.
 */
@FunctionalInterface
public interface TextLocales {
  /** The attribute that names it. */
  String ATTRIBUTE = "locale";

  /** What stands for the locale of an operator that names none. */
  String UNNAMED = "";

  /**
   * The locale to use for this one: the same where the machine has it, else one that changes the
   * case of the same letters as far as the machine has such a one.
   *
   * @param name as {@code en_US.UTF-8}, or {@link #UNNAMED}
   */
  String instead(String name);
}
