package io.manymodels.http;

import com.fasterxml.jackson.core.JsonParser;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request, as it came: text from Ray's proxy, bytes from a connection of our own.
 * Nobody writes to the bytes any more.
 */
public final class Body {
  private static final int MAX_UTF8_BYTES_A_CHARACTER = 3;

  private final @Nullable String text;
  private final byte[] bytes;
  private final int length;
  private final boolean ascii;

  private Body(@Nullable String text, byte[] bytes, int length, boolean ascii) {
    this.text = text;
    this.bytes = bytes;
    this.length = length;
    this.ascii = ascii;
  }

  static Body of(String text) {
    return new Body(text, new byte[0], 0, false);
  }

  /** The first {@code length} of these bytes. */
  static Body of(byte[] bytes, int length) {
    return new Body(null, bytes, length, isPlainAscii(bytes, length));
  }

  /** Bytes, of a text as many as it has at least. */
  int size() {
    return text == null ? length : text.length();
  }

  /** Whether it has more bytes of UTF-8 than these. */
  boolean isLongerThan(int limit) {
    if (text == null) {
      return length > limit;
    }
    return text.length() > limit / MAX_UTF8_BYTES_A_CHARACTER
        && text.getBytes(StandardCharsets.UTF_8).length > limit;
  }

  /** Its bytes, from the buffer's position on; of text the UTF-8. */
  public ByteBuffer bytes() {
    return text == null
        ? ByteBuffer.wrap(bytes, 0, length)
        : ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The first bytes of it: the JSON before tensors that come as bytes. */
  public Body first(int size) {
    return of(bytes().array(), size);
  }

  /** Throws {@code INVALID_INPUT} when it is not UTF-8. */
  public String text() {
    if (text != null) {
      return text;
    }
    if (ascii) {
      return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new ServingException(ErrorCode.INVALID_INPUT, "the body is not UTF-8");
    }
  }

  /**
   * Reads it without a copy where that gives the same answers: of bytes that are not all ASCII a
   * parser guesses the encoding.
   */
  public JsonParser parser() throws IOException {
    return ascii
        ? Json.mapper().createParser(bytes, 0, length)
        : Json.mapper().createParser(text());
  }

  /** Printable or white space, so that it can be nothing but UTF-8. */
  private static boolean isPlainAscii(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] <= 0) {
        return false;
      }
    }
    return true;
  }
}
