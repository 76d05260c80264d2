package io.manymodels.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A kept-alive HTTP/1.1 connection with one request at a time; just enough of HTTP for the answers
 * of uvicorn and Netty: a body with a length, or in chunks. Not thread-safe; allocates nothing for
 * a request once its buffers have grown.
 */
final class Connection {
  private static final int FIRST_BYTES = 2 * 1024;
  private static final int STATUS_FROM = 9;
  private static final byte[] LENGTH = bytes("content-length:");
  private static final byte[] ENCODING = bytes("transfer-encoding:");
  private static final byte[] CONNECTION = bytes("connection:");

  private final InetSocketAddress server;
  private final Selector selector;
  private SocketChannel channel;
  private byte[] in = new byte[FIRST_BYTES];
  private int size;
  private int bodyFrom;
  private int contentLength;
  private boolean closing;
  private byte[] joined = new byte[0];
  private byte[] body = in;
  private int bodyStart;
  private int bodyEnd;

  /** What it waits for an answer to; null: nothing. */
  Question asked;

  /** When that was due, in nanoseconds. */
  long dueNanos;

  /** Its place in the order of sending. */
  long number;

  /** When that was sent: milliseconds since the command began. */
  int sentMillis;

  Connection(InetSocketAddress server, Selector selector) {
    this.server = server;
    this.selector = selector;
  }

  /** Sends what is {@link #asked}; connects first if need be. */
  void send(ByteBuffer scratch) throws IOException {
    connect();
    byte[] request = asked.request();
    size = 0;
    bodyFrom = 0;
    closing = false;
    int from = 0;
    while (from < request.length) {
      scratch.clear();
      int count = Math.min(scratch.remaining(), request.length - from);
      scratch.put(request, from, count).flip();
      from += count;
      while (scratch.hasRemaining()) {
        channel.write(scratch);
      }
    }
  }

  /** Connects unless it is connected, and wakes the selector, which then waits for it too. */
  void connect() throws IOException {
    if (channel != null) {
      return;
    }
    channel = SocketChannel.open(server);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, this);
    selector.wakeup();
  }

  /** Reads what is there; true when the answer is whole. */
  boolean read(ByteBuffer scratch) throws IOException {
    scratch.clear();
    int count = channel.read(scratch);
    if (count < 0) {
      throw new EOFException("the server closed the connection");
    }
    scratch.flip();
    if (in.length < size + count) {
      in = Arrays.copyOf(in, (size + count) * 2);
    }
    scratch.get(in, size, count);
    size += count;
    return isWhole();
  }

  int status() {
    return (in[STATUS_FROM] - '0') * 100 + (in[STATUS_FROM + 1] - '0') * 10 + in[11] - '0';
  }

  /** How long the name in the answer is, -1 when it is not the right one. */
  int nameLength(Question question) {
    return question.nameLength(body, bodyStart, bodyEnd);
  }

  /** The body, which begins at {@link #bodyStart}. */
  byte[] bytes() {
    return body;
  }

  int bodyStart() {
    return bodyStart;
  }

  String body() {
    return new String(body, bodyStart, bodyEnd - bodyStart, StandardCharsets.UTF_8);
  }

  /** After an answer: ends the connection when the server does. */
  void closeIfEnding() throws IOException {
    if (closing) {
      close();
    }
  }

  void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }

  private boolean isWhole() throws IOException {
    if (bodyFrom == 0) {
      bodyFrom = readHead();
      if (bodyFrom == 0) {
        return false;
      }
    }
    if (contentLength >= 0) {
      body = in;
      bodyStart = bodyFrom;
      bodyEnd = bodyFrom + contentLength;
      return size >= bodyEnd;
    }
    return joinChunks();
  }

  /** Where the body begins; 0 when the head is not whole yet. */
  private int readHead() throws IOException {
    contentLength = -1;
    boolean chunked = false;
    int line = endOfLine(0);
    for (int start = line; start > 0; start = line) {
      line = endOfLine(start);
      if (line == start + 2) {
        if (contentLength < 0 && !chunked) {
          throw new IOException("an answer without a length");
        }
        return line;
      }
      if (begins(start, LENGTH)) {
        contentLength = Integer.parseInt(text(start + LENGTH.length, line));
      } else if (begins(start, ENCODING)) {
        chunked = text(start + ENCODING.length, line).equalsIgnoreCase("chunked");
      } else if (begins(start, CONNECTION)) {
        closing = text(start + CONNECTION.length, line).equalsIgnoreCase("close");
      }
    }
    return 0;
  }

  /** Where the next line begins; 0 when this one is not whole yet. */
  private int endOfLine(int start) {
    for (int i = start; i < size; i++) {
      if (in[i] == '\n') {
        return i + 1;
      }
    }
    return 0;
  }

  private boolean begins(int start, byte[] name) {
    if (start + name.length > size) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      int letter = in[start + i];
      if ((letter >= 'A' && letter <= 'Z' ? letter + 32 : letter) != name[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean joinChunks() {
    int to = 0;
    int at = bodyFrom;
    while (true) {
      int data = endOfLine(at);
      if (data == 0) {
        return false;
      }
      int length = Integer.parseInt(text(at, data), 16);
      if (size < data + length + 2) {
        return false;
      }
      if (length == 0) {
        body = joined;
        bodyStart = 0;
        bodyEnd = to;
        return true;
      }
      if (joined.length < to + length) {
        joined = Arrays.copyOf(joined, (to + length) * 2);
      }
      System.arraycopy(in, data, joined, to, length);
      to += length;
      at = data + length + 2;
    }
  }

  private String text(int from, int to) {
    return new String(in, from, to - from, StandardCharsets.ISO_8859_1).strip();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
