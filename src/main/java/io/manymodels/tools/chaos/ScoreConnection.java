package io.manymodels.tools.chaos;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * A kept-alive HTTP/1.1 connection. Not the JDK's client, because that repeats requests by itself
 * when a connection breaks, which is what is to be seen here. Thread-confined.
 */
final class ScoreConnection implements Closeable {
  private static final int MAX_BYTES = 1 << 20;
  private static final Duration CONNECT = Duration.ofSeconds(2);

  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;
  private boolean closing;

  /** A complete answer. */
  record Response(int status, String body) {}

  /**
   * Connects.
   *
   * @param silence after which an answer is no longer waited for
   */
  ScoreConnection(InetSocketAddress server, Duration silence) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) silence.toMillis());
    socket.connect(server, (int) CONNECT.toMillis());
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Sends a request and reads its answer. After a failure the connection is of no more use. */
  Response exchange(byte[] request) throws IOException {
    out.write(request);
    out.flush();
    String first = line();
    if (first.length() < 12 || !first.startsWith("HTTP/1.1 ")) {
      throw new IOException("not an answer of HTTP/1.1: " + first);
    }
    int status = number(first.substring(9, 12), 10);
    int length = -1;
    boolean chunked = false;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = number(lower.substring(15).strip(), 10);
      } else if (lower.startsWith("transfer-encoding:")) {
        chunked = lower.endsWith("chunked");
      } else if (lower.startsWith("connection:")) {
        closing = lower.endsWith("close");
      }
    }
    return new Response(status, chunked ? chunks() : text(length));
  }

  /** Whether the server ends the connection after the last answer. */
  boolean closing() {
    return closing;
  }

  private String chunks() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int size = number(line(), 16); size > 0; size = number(line(), 16)) {
      all.append(text(size));
      line();
    }
    line();
    return all.toString();
  }

  private String text(int length) throws IOException {
    if (length < 0 || length > MAX_BYTES) {
      throw new IOException("an answer of " + length + " bytes");
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the answer ended early");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int number(String text, int radix) throws IOException {
    try {
      return Integer.parseInt(text.strip(), radix);
    } catch (NumberFormatException e) {
      throw new IOException("not a number in the head of an answer: " + text, e);
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.length() > 8_192) {
        throw new EOFException("the server closed the connection");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      System.getLogger(ScoreConnection.class.getName()).log(System.Logger.Level.DEBUG, "close", e);
    }
  }
}
