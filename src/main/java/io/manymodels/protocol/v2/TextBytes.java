package io.manymodels.protocol.v2;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.tensor.Cells;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;

/** Texts as bytes: the length of each in four bytes, and its UTF-8. Stateless. */
final class TextBytes {
  private static final String FORM =
      "; each string is its length in 4 bytes, little-endian, and then its UTF-8 bytes";

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
    CharsetDecoder decoder = UTF_8.newDecoder();
    for (int i = 0; i < elements; i++) {
      texts[i] = text(head, i, in, decoder);
    }
    if (in.hasRemaining()) {
      throw V2Faults.ofInput(
          head.name(),
          in.remaining() + " bytes are left over after its " + elements + " strings" + FORM);
    }
    return new Cells.Texts(texts);
  }

  private static String text(TensorHead head, int index, ByteBuffer in, CharsetDecoder decoder) {
    int length = in.remaining() < Integer.BYTES ? -1 : in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw V2Faults.ofInput(
          head.name(), "its string " + index + " goes beyond the end of the tensor" + FORM);
    }
    ByteBuffer bytes = in.slice(in.position(), length);
    in.position(in.position() + length);
    try {
      return decoder.decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw V2Faults.ofInput(head.name(), "its string " + index + " is not UTF-8");
    }
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
