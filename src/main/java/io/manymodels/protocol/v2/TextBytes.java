package io.manymodels.protocol.v2;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.tensor.Cells;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Texts as bytes: the length of each in four bytes, and its UTF-8. Stateless. */
final class TextBytes {
  private static final String FORM =
      "; each string is its length in 4 bytes, little-endian, and then its UTF-8 bytes";

  private static final char REPLACEMENT = '\ufffd';

  private TextBytes() {}

  /** Throws as {@link TensorBytes#read}. */
  static Cells read(TensorHead head, ByteBuffer in) {
    int elements = head.elements();
    // So that no more is allocated than has come.
    if ((long) elements * Integer.BYTES > in.remaining()) {
      throw V2Faults.ofInput(
          head.name(),
          elements + " strings need more bytes than the " + in.remaining() + " that came" + FORM);
    }
    String[] texts = new String[elements];
    for (int i = 0; i < elements; i++) {
      texts[i] = text(head, i, in);
    }
    if (in.hasRemaining()) {
      throw V2Faults.ofInput(
          head.name(),
          in.remaining() + " bytes are left over after its " + elements + " strings" + FORM);
    }
    return new Cells.Texts(texts);
  }

  private static String text(TensorHead head, int index, ByteBuffer in) {
    int length = in.remaining() < Integer.BYTES ? -1 : in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw V2Faults.ofInput(
          head.name(), "its string " + index + " goes beyond the end of the tensor" + FORM);
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    String text = new String(bytes, UTF_8);
    // What is not UTF-8 has become this character, which a client may also have sent.
    if (text.indexOf(REPLACEMENT) >= 0 && !Arrays.equals(text.getBytes(UTF_8), bytes)) {
      throw V2Faults.ofInput(head.name(), "its string " + index + " is not UTF-8");
    }
    return text;
  }

  static int size(OutputTensor output) {
    int bytes = 0;
    for (String text : texts(output)) {
      bytes = Math.addExact(bytes, Integer.BYTES + size(text));
    }
    return bytes;
  }

  /** Bytes of the text in UTF-8; a surrogate without its pair is written as a question mark. */
  private static int size(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return text.getBytes(UTF_8).length;
      }
    }
    return text.length();
  }

  static void write(OutputTensor output, ByteBuffer out) {
    for (String text : texts(output)) {
      byte[] bytes = text.getBytes(UTF_8);
      out.putInt(bytes.length).put(bytes);
    }
  }

  private static String[] texts(OutputTensor output) {
    if (output.cells() instanceof Cells.Texts texts) {
      return texts.values();
    }
    throw TensorBytes.unfit(output);
  }
}
