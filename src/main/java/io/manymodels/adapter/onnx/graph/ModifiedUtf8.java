package io.manymodels.adapter.onnx.graph;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/**
 * The encoding in which ONNX Runtime's Java binding passes texts: that of JNI's {@code
 * GetStringUTFChars}. It differs from UTF-8 in U+0000, which has two bytes, and in what lies beyond
 * U+FFFF, which has six: three for each half of the pair that it is in Java.
 */
final class ModifiedUtf8 {
  /** The first byte of four, which only characters beyond U+FFFF have. */
  private static final int FIRST_OF_FOUR = 0xF0;

  private ModifiedUtf8() {}

  /** The text in this encoding; null when it is the same, or is no text. */
  static @Nullable ByteBuffer of(ByteBuffer utf8) {
    if (!differs(utf8)) {
      return null;
    }
    CharSequence text;
    try {
      text = UTF_8.newDecoder().decode(utf8.duplicate());
    } catch (CharacterCodingException e) {
      return null;
    }
    ByteBuffer encoded = ByteBuffer.allocate(3 * text.length());
    for (int i = 0; i < text.length(); i++) {
      put(text.charAt(i), encoded);
    }
    return encoded.flip();
  }

  /** The text in this encoding. */
  static ByteBuffer of(String text) {
    ByteBuffer utf8 = UTF_8.encode(text);
    @Nullable ByteBuffer encoded = of(utf8);
    return encoded == null ? utf8 : encoded;
  }

  /** Whether the text is another in this encoding. */
  static boolean differs(ByteBuffer utf8) {
    for (int i = utf8.position(); i < utf8.limit(); i++) {
      int next = utf8.get(i) & 0xff;
      if (next >= FIRST_OF_FOUR || next == 0) {
        return true;
      }
    }
    return false;
  }

  private static void put(char unit, ByteBuffer target) {
    if (unit != 0 && unit < 0x80) {
      target.put((byte) unit);
    } else if (unit < 0x800) {
      target.put((byte) (0xC0 | (unit >> 6))).put((byte) (0x80 | (unit & 0x3F)));
    } else {
      target
          .put((byte) (0xE0 | (unit >> 12)))
          .put((byte) (0x80 | ((unit >> 6) & 0x3F)))
          .put((byte) (0x80 | (unit & 0x3F)));
    }
  }
}
