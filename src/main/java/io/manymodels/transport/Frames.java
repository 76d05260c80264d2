package io.manymodels.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;

/**
 * The form of a frame: its length (4 bytes, without these four), its kind (1), the number of the
 * call (8), the content. Big-endian. Replicas of two builds meet while one of them is being
 * replaced, so a server tells what it understands. Stateless.
 */
final class Frames {
  /** The first frame on a connection, from the one who connects: the token. */
  static final byte HELLO = 1;

  /**
   * The answer to it, when the token is right; its number has the bits of what the server takes.
   */
  static final byte WELCOME = 2;

  static final byte PING = 3;
  static final byte PONG = 4;

  /** Content as {@code PredictCodec} writes it. */
  static final byte PREDICT = 5;

  static final byte REPLY = 6;

  /** Content as {@link ControlCall} writes it. */
  static final byte CONTROL = 7;

  /** Content as the method returned it. */
  static final byte CONTROL_ANSWER = 8;

  /** Content as {@link ControlReply} writes it. */
  static final byte CONTROL_FAILED = 9;

  /** Asks for the digest of the replica's state, which the answer has in 8 bytes. */
  static final byte DIGEST = 10;

  static final byte DIGEST_ANSWER = 11;

  /**
   * As {@link #HELLO}, on a connection for {@link #PING} only, which a thread of its own answers.
   * The {@link #PONG} has the number of predictions begun so far, in place of a call's.
   */
  static final byte HEARTBEAT = 16;

  /** A bit of the number in {@link #WELCOME}: {@link #HEARTBEAT} is understood. */
  static final long TAKES_HEARTBEATS = 1;

  /** Likewise: {@link #CONTROL} and {@link #DIGEST} are understood. */
  static final long TAKES_CONTROL = 2;

  /** Likewise: {@link #PREDICT} may end with the names of a span, to be continued there. */
  static final long TAKES_SPANS = 4;

  /** Ten million numbers, which no request may have more of, fit. */
  static final int MAX_BYTES = 128 << 20;

  /** Until the token has been seen. */
  static final int MAX_HELLO_BYTES = 1024;

  private static final int LENGTH_BYTES = 4;
  private static final int HEAD_BYTES = 9;

  private Frames() {}

  static LengthFieldBasedFrameDecoder decoder(int longest) {
    return new LengthFieldBasedFrameDecoder(longest, 0, LENGTH_BYTES, 0, LENGTH_BYTES);
  }

  /** A buffer with the head written, and room for the content. */
  static ByteBuf start(ByteBufAllocator allocator, byte kind, long call, int contentBytes) {
    return allocator
        .directBuffer(LENGTH_BYTES + HEAD_BYTES + contentBytes)
        .writeInt(HEAD_BYTES + contentBytes)
        .writeByte(kind)
        .writeLong(call);
  }

  static ByteBuf empty(ByteBufAllocator allocator, byte kind, long call) {
    return start(allocator, kind, call, 0);
  }

  /** Whether a content of so many bytes is short enough. */
  static boolean fits(int contentBytes) {
    return contentBytes <= MAX_BYTES - LENGTH_BYTES - HEAD_BYTES;
  }
}
