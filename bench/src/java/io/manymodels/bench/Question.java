package io.manymodels.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * A request as it is sent, and the only answer that is right. Immutable; the arrays are not to be
 * changed.
 *
 * @param label what it is called in results
 * @param request the whole of it, head and body
 * @param head how the body of the right answer begins
 * @param tail how it ends, with a name in between that may be any
 * @param exact whether the body is the head and nothing else
 */
record Question(String label, byte[] request, byte[] head, byte[] tail, boolean exact) {
  private static final int FIELDS = 6;
  private static final int MAX_NAME = 64;
  private static final String BASE64 = "base64:";

  /**
   * Reads a line: {@code label method path headers body head [tail]}, separated by tabs; headers
   * are separated by {@code |}. Without a tail the answer is exactly the head. What is no text
   * begins with {@code base64:}.
   */
  static Question of(String line, int port) {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS && fields.length != FIELDS + 1) {
      throw new IllegalArgumentException("expected 6 or 7 fields, got " + fields.length);
    }
    byte[] body = bytes(fields[4]);
    String more = fields[3].isEmpty() ? "" : fields[3].replace("|", "\r\n") + "\r\n";
    String head =
        fields[1]
            + " "
            + fields[2]
            + " HTTP/1.1\r\nHost: 127.0.0.1:"
            + port
            + "\r\nContent-Type: application/json\r\n"
            + more
            + "Content-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] first = head.getBytes(StandardCharsets.UTF_8);
    byte[] request = Arrays.copyOf(first, first.length + body.length);
    System.arraycopy(body, 0, request, first.length, body.length);
    boolean exact = fields.length == FIELDS;
    return new Question(
        fields[0], request, bytes(fields[5]), exact ? new byte[0] : bytes(fields[6]), exact);
  }

  private static byte[] bytes(String field) {
    return field.startsWith(BASE64)
        ? Base64.getDecoder().decode(field.substring(BASE64.length()))
        : field.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * How long the name in the right answer is, which begins after the head; 0 when the answer is
   * exact; -1 when the body is not the right answer.
   */
  int nameLength(byte[] bytes, int from, int to) {
    int length = to - from - head.length - tail.length;
    boolean fits = exact ? length == 0 : length > 0 && length <= MAX_NAME;
    boolean right =
        fits
            && Arrays.equals(bytes, from, from + head.length, head, 0, head.length)
            && Arrays.equals(bytes, to - tail.length, to, tail, 0, tail.length);
    return right ? length : -1;
  }
}
