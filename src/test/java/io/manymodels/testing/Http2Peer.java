package io.manymodels.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client by HTTP/2 that sends any frame that it is told, good or bad. It says no window unless it
 * is told to, so the server's answers have 65,535 bytes. Not thread-safe.
 */
public final class Http2Peer implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int END_HEADERS = 4;

  public final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();

  /** A frame of the server. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Frame(int type, int flags, int stream, byte[] payload) {
    /** The number in a RST_STREAM, or at the end of a GOAWAY. */
    public int code() {
      int at = type == GOAWAY ? 4 : 0;
      return ((payload[at] & 0xff) << 24)
          | ((payload[at + 1] & 0xff) << 16)
          | ((payload[at + 2] & 0xff) << 8)
          | (payload[at + 3] & 0xff);
    }

    public boolean isLast() {
      return (flags & END_STREAM) != 0;
    }
  }

  /** What came in a stream. */
  public record Streamed(Map<String, String> headers, String body, @Nullable Integer reset) {
    public int status() {
      return Integer.parseInt(headers.getOrDefault(":status", "0"));
    }
  }

  private final Map<Integer, Map<String, String>> heads = new HashMap<>();
  private final Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();
  private final Map<Integer, Integer> resets = new HashMap<>();
  private final Map<Integer, Boolean> over = new HashMap<>();
  private @Nullable Integer goneAway;

  /** Says the preface and its settings, and takes those of the server. */
  public Http2Peer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(20_000);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    frame(SETTINGS, 0, 0, new byte[0]).flush();
    Frame first = next();
    while (first != null && (first.type() != SETTINGS || first.flags() != 0)) {
      first = next();
    }
    frame(SETTINGS, 1, 0, new byte[0]).flush();
  }

  public Http2Peer frame(int type, int flags, int stream, byte[] payload) throws IOException {
    out.writeByte(payload.length >> 16);
    out.writeShort(payload.length & 0xffff);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
    return this;
  }

  public Http2Peer flush() throws IOException {
    out.flush();
    return this;
  }

  public static byte[] number(int value) {
    return new byte[] {
      (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
    };
  }

  /** Name and value in turn, each literal and not indexed (RFC 7541, 6.2.2). */
  public static byte[] fields(String... fields) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      block.write(0);
      string(block, fields[i]);
      string(block, fields[i + 1]);
    }
    return block.toByteArray();
  }

  private static void string(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    int length = bytes.length;
    if (length < 127) {
      block.write(length);
    } else {
      block.write(127);
      for (length -= 127; length >= 128; length >>= 7) {
        block.write((length & 0x7f) | 0x80);
      }
      block.write(length);
    }
    block.writeBytes(bytes);
  }

  public static byte[] head(String method, String path, String... more) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(
        fields(":method", method, ":path", path, ":scheme", "http", ":authority", "test"));
    block.writeBytes(fields(more));
    return block.toByteArray();
  }

  public Http2Peer get(int stream, String path) throws IOException {
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, head("GET", path));
  }

  public Http2Peer post(int stream, String path, String body, String... more) throws IOException {
    frame(HEADERS, END_HEADERS, stream, head("POST", path, more));
    return frame(DATA, END_STREAM, stream, body.getBytes(UTF_8));
  }

  /** The next frame; null when the server has closed. */
  public @Nullable Frame next() throws IOException {
    try {
      int length = (in.readUnsignedByte() << 16) | in.readUnsignedShort();
      Frame frame =
          new Frame(in.readUnsignedByte(), in.readUnsignedByte(), in.readInt(), new byte[length]);
      in.readFully(frame.payload());
      note(frame);
      return frame;
    } catch (EOFException | SocketException closed) {
      return null;
    }
  }

  private void note(Frame frame) throws IOException {
    int stream = frame.stream();
    switch (frame.type()) {
      case HEADERS -> {
        Map<String, String> head = heads.computeIfAbsent(stream, s -> new HashMap<>());
        try {
          decoder
              .decodeHeaders(stream, Unpooled.wrappedBuffer(frame.payload()))
              .forEach(field -> head.put(field.getKey().toString(), field.getValue().toString()));
        } catch (Http2Exception e) {
          throw new IOException(e);
        }
      }
      case DATA ->
          bodies
              .computeIfAbsent(stream, s -> new ByteArrayOutputStream())
              .writeBytes(frame.payload());
      case RST_STREAM -> {
        resets.put(stream, frame.code());
        over.put(stream, true);
      }
      case GOAWAY -> goneAway = frame.code();
      default -> {}
    }
    if ((frame.type() == HEADERS || frame.type() == DATA) && frame.isLast()) {
      over.put(stream, true);
    }
  }

  /** Reads until the answer in the stream is whole, or the stream is reset. */
  public Streamed answer(int stream) throws IOException {
    flush();
    while (!over.containsKey(stream)) {
      if (next() == null) {
        throw new IOException("closed before the end of stream " + stream);
      }
    }
    return sofar(stream);
  }

  public Streamed sofar(int stream) {
    return new Streamed(
        heads.getOrDefault(stream, Map.of()),
        bodies.getOrDefault(stream, new ByteArrayOutputStream()).toString(UTF_8),
        resets.get(stream));
  }

  /** Reads until the server closes; the code of its last GOAWAY, -1 when it said none. */
  public int end() throws IOException {
    while (next() != null) {
      // Noted.
    }
    Integer code = goneAway;
    return code == null ? -1 : code;
  }

  /** The code of the last GOAWAY so far. */
  public @Nullable Integer goneAway() {
    return goneAway;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
