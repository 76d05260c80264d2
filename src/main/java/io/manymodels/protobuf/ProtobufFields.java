package io.manymodels.protobuf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Walks over the fields of one protobuf message without copying it. Every method throws {@link
 * IllegalArgumentException} when the bytes are no such message. Not thread-safe.
 */
public final class ProtobufFields {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int LENGTH_DELIMITED = 2;
  static final int FIXED32 = 5;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final ByteBuffer bytes;
  private int start;
  private int number;
  private int kind;
  private ByteBuffer message = NOTHING;
  private long value;

  /** Moves the buffer's position. */
  public ProtobufFields(ByteBuffer bytes) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Calls the action with each field; does not move the position of the message. */
  public static void forEach(ByteBuffer message, Consumer<ProtobufFields> action) {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    while (fields.next()) {
      action.accept(fields);
    }
  }

  /** Goes to the next field; false after the last. */
  public boolean next() {
    if (!bytes.hasRemaining()) {
      return false;
    }
    try {
      start = bytes.position();
      long tag = varint();
      number = (int) (tag >>> 3);
      kind = (int) (tag & 7);
      message = NOTHING;
      switch (kind) {
        case VARINT -> value = varint();
        case FIXED64 -> value = bytes.getLong();
        case FIXED32 -> value = bytes.getInt();
        case LENGTH_DELIMITED -> message = take(varint());
        default -> throw new IllegalArgumentException("it has a field of an unknown kind");
      }
      return true;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("it ends too early", e);
    }
  }

  /** The current field's number. */
  public int number() {
    return number;
  }

  /** Where the current field begins, its number included, in the message's buffer. */
  int start() {
    return start;
  }

  /** Where the current field ends in the message's buffer. */
  int end() {
    return bytes.position();
  }

  /** The current field when it is a message, text or packed list, else an empty buffer. */
  public ByteBuffer message() {
    return message;
  }

  /** The current field as a text; a byte that is not UTF-8 becomes U+FFFD. */
  public String text() {
    return UTF_8.decode(message.duplicate()).toString();
  }

  /** The current field's number, or bits when it is of a fixed size; 0 when it is a message. */
  public long value() {
    return kind == LENGTH_DELIMITED ? 0 : value;
  }

  /** How many numbers of so many bytes are in the current field, which may be a packed list. */
  public int count(int bytesEach) {
    return kind == LENGTH_DELIMITED ? message.remaining() / bytesEach : 1;
  }

  /** The current field's whole numbers: of a list, however it is written, it may be a part. */
  public List<Long> numbers() {
    List<Long> numbers = new ArrayList<>();
    forEachNumber(numbers::add);
    return numbers;
  }

  /** What is done with a number. */
  @FunctionalInterface
  public interface NumberAction {
    void accept(long number);
  }

  /** Calls the action with each of {@link #numbers()}. */
  public void forEachNumber(NumberAction action) {
    if (kind == VARINT) {
      action.accept(value);
      return;
    }
    ProtobufFields packed = new ProtobufFields(message.duplicate());
    try {
      while (packed.bytes.hasRemaining()) {
        action.accept(packed.varint());
      }
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("it has a number that does not end", e);
    }
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
