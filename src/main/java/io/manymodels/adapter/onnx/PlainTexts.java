package io.manymodels.adapter.onnx;

/**
 * Texts that are the same in UTF-8 and in the encoding of ONNX Runtime's Java binding: those
 * without characters beyond U+FFFF and without U+0000.
 */
final class PlainTexts {
  private static final char REPLACEMENT = '\uFFFD';

  private PlainTexts() {}

  /** Whether it is one. */
  static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isPlain(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPlain(char unit) {
    return unit != 0 && !Character.isSurrogate(unit);
  }

  /** The text with U+FFFD for each character that makes it none. */
  static String of(String text) {
    if (isPlain(text)) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            character -> {
              boolean keeps = Character.isBmpCodePoint(character) && isPlain((char) character);
              plain.append(keeps ? (char) character : REPLACEMENT);
            });
    return plain.toString();
  }
}
