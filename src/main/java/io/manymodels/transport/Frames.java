package io.manymodels.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;

/**
 * The form of a frame: its length (4 bytes, without these four), its kind (1), the number of the
 * call (8), the content. Big-endian. Only replicas of one build talk to each other. Stateless.
 */
final class Frames {
  /** The first frame on a connection, from the one who connects: the token. */
  static final byte HELLO = 1;

  /** The answer to it, when the token is right. */
  static final byte WELCOME = 2;

  static final byte PING = 3;
  static final byte PONG = 4;

  /** Content as {@code PredictCodec} writes it. */
  static final byte PREDICT = 5;

  static final byte REPLY = 6;

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
