package io.manymodels.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/**
 * A call of one of a replica's control methods, as it travels: the milliseconds that are left (8
 * bytes), the length of the method's name (1), the name in ASCII, the argument. Immutable.
 */
final class ControlCall {
  private static final int MAX_NAME = 255;
  private static final int HEAD_BYTES = Long.BYTES + 1;
  private static final byte LAST_ASCII = 0x7f;

  private final String method;
  private final byte[] argument;
  private final long timeoutMillis;

  /**
   * Throws {@link IllegalArgumentException} for what cannot travel.
   *
   * @param method {@code 1..255} ASCII characters
   * @param argument not to be changed any more
   * @param timeoutMillis after which nobody waits for the answer any more, {@code >= 0}
   */
  ControlCall(String method, byte[] argument, long timeoutMillis) {
    if (method.isEmpty() || method.length() > MAX_NAME) {
      throw new IllegalArgumentException("a method's name of " + method.length() + " characters");
    }
    if (method.chars().anyMatch(c -> c > LAST_ASCII)) {
      throw new IllegalArgumentException("a method's name that is not ASCII");
    }
    if (timeoutMillis < 0) {
      throw new IllegalArgumentException("a timeout of " + timeoutMillis + " ms");
    }
    this.method = method;
    this.argument = argument;
    this.timeoutMillis = timeoutMillis;
  }

  String method() {
    return method;
  }

  byte[] argument() {
    return argument;
  }

  long timeoutMillis() {
    return timeoutMillis;
  }

  /** The bytes that {@link #write} writes. */
  int size() {
    return HEAD_BYTES + method.length() + argument.length;
  }

  void write(ByteBuf to) {
    to.writeLong(timeoutMillis)
        .writeByte(method.length())
        .writeBytes(method.getBytes(US_ASCII))
        .writeBytes(argument);
  }

  /**
   * Reads what is left of a frame.
   *
   * @throws IllegalArgumentException when it is no such call
   */
  static ControlCall read(ByteBuf from) {
    if (from.readableBytes() < HEAD_BYTES) {
      throw new IllegalArgumentException("a control call of " + from.readableBytes() + " bytes");
    }
    long timeoutMillis = from.readLong();
    int length = from.readUnsignedByte();
    if (from.readableBytes() < length) {
      throw new IllegalArgumentException("a control call without a whole name");
    }
    byte[] name = new byte[length];
    from.readBytes(name);
    for (byte each : name) {
      if (each < 0) {
        throw new IllegalArgumentException("a method's name that is not ASCII");
      }
    }
    byte[] argument = new byte[from.readableBytes()];
    from.readBytes(argument);
    return new ControlCall(new String(name, US_ASCII), argument, timeoutMillis);
  }
}
