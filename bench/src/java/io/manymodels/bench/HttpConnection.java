package io.manymodels.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A kept-alive HTTP/1.1 connection that sends one request again and again, or any. Just enough of
 * HTTP for answers of uvicorn: a body with a length, or in chunks. Thread-confined.
 */
final class HttpConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final SocketChannel channel;
  private final ByteBuffer request;
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final byte[] line = new byte[8 * 1024];
  private byte[] body = new byte[1024];
  private int bodyLength;
  private boolean closing;

  private HttpConnection(SocketChannel channel, ByteBuffer request) {
    this.channel = channel;
    this.request = request;
    in.flip();
  }

  /** Connects; {@code request} is sent as it is. */
  static HttpConnection open(InetSocketAddress server, byte[] request) throws IOException {
    SocketChannel channel = SocketChannel.open(server);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    ByteBuffer direct = ByteBuffer.allocateDirect(request.length).put(request);
    return new HttpConnection(channel, direct);
  }

  /** Sends the request and reads the whole answer; returns its status. */
  int exchange() throws IOException {
    request.flip();
    while (request.hasRemaining()) {
      channel.write(request);
    }
    return readAnswer();
  }

  /** Sends this request instead and reads the whole answer; returns its status. */
  int exchange(byte[] other) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(other);
    while (out.hasRemaining()) {
      channel.write(out);
    }
    return readAnswer();
  }

  /** Whether the last answer's body is this. */
  boolean bodyIs(byte[] expected) {
    return Arrays.equals(body, 0, bodyLength, expected, 0, expected.length);
  }

  String body() {
    return new String(body, 0, bodyLength, StandardCharsets.UTF_8);
  }

  /** Whether the server ends the connection after the last answer. */
  boolean closing() {
    return closing;
  }

  private int readAnswer() throws IOException {
    bodyLength = 0;
    closing = false;
    int end = readLine();
    int status = Integer.parseInt(text(9, end).substring(0, 3));
    int length = -1;
    boolean chunked = false;
    for (end = readLine(); end > 0; end = readLine()) {
      String header = text(0, end).toLowerCase(Locale.ROOT);
      if (header.startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(15).strip());
      } else if (header.startsWith("transfer-encoding:")) {
        chunked = header.endsWith("chunked");
      } else if (header.startsWith("connection:")) {
        closing = header.endsWith("close");
      }
    }
    if (chunked) {
      for (int size = chunkSize(); size > 0; size = chunkSize()) {
        readBody(size);
        readLine();
      }
      readLine();
    } else if (length >= 0) {
      readBody(length);
    } else {
      throw new IOException("an answer without a length");
    }
    return status;
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(text(0, readLine()).strip(), 16);
  }

  private void readBody(int length) throws IOException {
    if (body.length < bodyLength + length) {
      body = Arrays.copyOf(body, (bodyLength + length) * 2);
    }
    int left = length;
    while (left > 0) {
      fill();
      int count = Math.min(left, in.remaining());
      in.get(body, bodyLength, count);
      bodyLength += count;
      left -= count;
    }
  }

  /** Reads up to the end of a line into {@link #line}; returns its length without that end. */
  private int readLine() throws IOException {
    int length = 0;
    while (true) {
      fill();
      byte next = in.get();
      if (next == '\n') {
        return length > 0 && line[length - 1] == '\r' ? length - 1 : length;
      }
      line[length++] = next;
    }
  }

  private String text(int from, int to) {
    return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private void fill() throws IOException {
    if (!in.hasRemaining()) {
      in.clear();
      int count = channel.read(in);
      in.flip();
      if (count < 0) {
        throw new EOFException("the server closed the connection");
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
