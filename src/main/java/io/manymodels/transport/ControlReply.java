package io.manymodels.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/**
 * The answers to control calls and digests, as they travel. A failure is its code's wire name, a
 * line end, and one sentence. Stateless.
 */
final class ControlReply {
  private static final char END_OF_CODE = '\n';

  private ControlReply() {}

  static byte[] failure(ServingException why) {
    return (why.code().wireName() + END_OF_CODE + why.getMessage()).getBytes(UTF_8);
  }

  /**
   * Reads the answer to a control call.
   *
   * @throws ServingException the failure that the other side told
   * @throws IllegalArgumentException when it is no such answer
   */
  static byte[] read(byte kind, ByteBuf content) {
    if (kind == Frames.CONTROL_ANSWER) {
      return ByteBufUtil.getBytes(content);
    }
    if (kind != Frames.CONTROL_FAILED) {
      throw new IllegalArgumentException("a control call answered by a frame of kind " + kind);
    }
    String failure = content.toString(UTF_8);
    int end = failure.indexOf(END_OF_CODE);
    if (end < 0) {
      throw new IllegalArgumentException("a failure without a code");
    }
    throw new ServingException(codeOf(failure.substring(0, end)), failure.substring(end + 1));
  }

  private static ErrorCode codeOf(String wireName) {
    try {
      return ErrorCode.ofWireName(wireName);
    } catch (IllegalArgumentException e) {
      // Of a later build.
      return ErrorCode.INTERNAL;
    }
  }

  /** Reads the answer to a question for the digest; throws as {@link #read}. */
  static Long digest(byte kind, ByteBuf content) {
    if (kind != Frames.DIGEST_ANSWER || content.readableBytes() < Long.BYTES) {
      throw new IllegalArgumentException("a digest in a frame of kind " + kind);
    }
    return content.readLong();
  }
}
