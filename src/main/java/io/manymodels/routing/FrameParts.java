package io.manymodels.routing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The parts that all frames between replicas are made of. Stateless. */
final class FrameParts {
  private static final int ONE_BYTE = 0x80;
  private static final int TWO_BYTES = 0x800;

  private FrameParts() {}

  /** The product, when so many entries can be in what is left of a frame; throws otherwise. */
  static int checked(int count, int width, int available) {
    expect(count >= 0 && width >= 0 && (long) count * width <= available);
    return count * width;
  }

  /** Throws {@link IllegalArgumentException} unless the frame is as it should be. */
  static void expect(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException("a frame is not of the expected layout");
    }
  }

  /** Bytes that {@link #putText} writes. */
  static int size(String text) {
    int bytes = Integer.BYTES;
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (character < ONE_BYTE) {
        bytes++;
      } else if (character < TWO_BYTES) {
        bytes += 2;
      } else if (isPair(text, i)) {
        bytes += 4;
        i++;
      } else {
        // Half a pair is written as a question mark.
        bytes += Character.isSurrogate(character) ? 1 : 3;
      }
    }
    return bytes;
  }

  private static boolean isPair(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        && i + 1 < text.length()
        && Character.isLowSurrogate(text.charAt(i + 1));
  }

  static void putText(ByteBuffer out, String text) {
    putBytes(out, text.getBytes(StandardCharsets.UTF_8));
  }

  static void putBytes(ByteBuffer out, byte[] bytes) {
    out.putInt(bytes.length).put(bytes);
  }

  static String text(ByteBuffer in) {
    byte[] bytes = new byte[checked(in.getInt(), 1, in.remaining())];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
