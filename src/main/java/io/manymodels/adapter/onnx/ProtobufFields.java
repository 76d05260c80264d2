package io.manymodels.adapter.onnx;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks over the fields of one protobuf message without copying it. Every method throws {@link
 * IllegalArgumentException} when the bytes are no such message. Not thread-safe.
 */
final class ProtobufFields {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final ByteBuffer bytes;
  private int number;
  private ByteBuffer message = NOTHING;
  private boolean isNumber;
  private long value;

  /** Moves the buffer's position. */
  ProtobufFields(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /** Goes to the next field; false after the last. */
  boolean next() {
    if (!bytes.hasRemaining()) {
      return false;
    }
    try {
      long tag = varint();
      number = (int) (tag >>> 3);
      message = NOTHING;
      isNumber = (tag & 7) == VARINT;
      switch ((int) (tag & 7)) {
        case VARINT -> value = varint();
        case FIXED64 -> take(Long.BYTES);
        case FIXED32 -> take(Integer.BYTES);
        case LENGTH_DELIMITED -> message = take(varint());
        default -> throw new IllegalArgumentException("it has a field of an unknown kind");
      }
      return true;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("it ends too early", e);
    }
  }

  /** The current field's number. */
  int number() {
    return number;
  }

  /** The current field when it is a message, text or packed list, else an empty buffer. */
  ByteBuffer message() {
    return message;
  }

  /** The current field's whole numbers: of a list, however it is written, it may be a part. */
  List<Long> numbers() {
    if (isNumber) {
      return List.of(value);
    }
    ProtobufFields packed = new ProtobufFields(message.duplicate());
    List<Long> numbers = new ArrayList<>();
    try {
      while (packed.bytes.hasRemaining()) {
        numbers.add(packed.varint());
      }
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("it has a number that does not end", e);
    }
    return numbers;
  }

  private ByteBuffer take(long length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer taken = bytes.slice(bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    return taken;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("it has a number that does not end");
  }
}
