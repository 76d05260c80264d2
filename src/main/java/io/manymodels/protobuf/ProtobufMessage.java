package io.manymodels.protobuf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One message to be written, field after field. What comes from other buffers is not copied before
 * the whole is put together, so these must not change until then. Not thread-safe.
 */
public final class ProtobufMessage {
  private static final int SMALL = 256;

  /** A tag of 5 bytes and a number of 10 bytes. */
  private static final int MAX_NUMBER_BYTES = 15;

  private final List<ByteBuffer> parts = new ArrayList<>();
  private long size;

  /** The end of the last part, when it is ours and has room. */
  private ByteBuffer room = ByteBuffer.allocate(0);

  /**
   * The message with some fields replaced: {@code change} answers null for a field that stays, else
   * the fields that take its place, which may be none.
   *
   * @return null when all fields stay
   * @throws IllegalArgumentException when the bytes are no message
   */
  public static @Nullable ProtobufMessage changed(
      ByteBuffer message, Function<ProtobufFields, @Nullable ProtobufMessage> change) {
    ProtobufFields fields = new ProtobufFields(message.slice());
    @Nullable ProtobufMessage changed = null;
    int kept = 0;
    while (fields.next()) {
      @Nullable ProtobufMessage instead = change.apply(fields);
      if (instead != null) {
        changed = changed == null ? new ProtobufMessage() : changed;
        changed.raw(part(message, kept, fields.start()));
        changed.append(instead);
        kept = fields.end();
      }
    }
    return changed == null ? null : changed.raw(part(message, kept, message.remaining()));
  }

  private static ByteBuffer part(ByteBuffer message, int from, int to) {
    return message.slice(message.position() + from, to - from);
  }

  /** A whole number. */
  public ProtobufMessage number(int field, long value) {
    ByteBuffer target = room(MAX_NUMBER_BYTES);
    int before = target.position();
    varint(target, ((long) field << 3) | ProtobufFields.VARINT);
    varint(target, value);
    return grown(target.position() - before);
  }

  /** A text. */
  public ProtobufMessage text(int field, String value) {
    return bytes(field, ByteBuffer.wrap(value.getBytes(UTF_8)));
  }

  /** A message within the message. */
  public ProtobufMessage message(int field, ProtobufMessage value) {
    return header(field, value.size).append(value);
  }

  /** Bytes, or a message that is written already. */
  public ProtobufMessage bytes(int field, ByteBuffer value) {
    return header(field, value.remaining()).raw(value.slice());
  }

  /** A packed list of whole numbers. */
  public ProtobufMessage numbers(int field, long... values) {
    ByteBuffer packed = ByteBuffer.allocate(Math.multiplyExact(values.length, 10));
    for (long value : values) {
      varint(packed, value);
    }
    return bytes(field, packed.flip());
  }

  /** A packed list of single-precision numbers. */
  public ProtobufMessage floats(int field, float... values) {
    ByteBuffer packed =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      packed.putFloat(value);
    }
    return bytes(field, packed.flip());
  }

  /** All fields of a message that is written already. */
  public ProtobufMessage fields(ByteBuffer message) {
    return raw(message.slice());
  }

  /** All fields of another message. */
  public ProtobufMessage append(ProtobufMessage other) {
    other.parts.forEach(part -> raw(part.duplicate().flip()));
    return this;
  }

  /** Bytes of the message as it is written so far. */
  public long size() {
    return size;
  }

  /** Throws {@link ArithmeticException} when it has more than 2^31 - 1 bytes. */
  public byte[] toBytes() {
    byte[] bytes = new byte[Math.toIntExact(size)];
    writeTo(ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** Writes {@link #size()} bytes. */
  public void writeTo(ByteBuffer target) {
    parts.forEach(part -> target.put(part.duplicate().flip()));
  }

  private ProtobufMessage header(int field, long length) {
    ByteBuffer target = room(MAX_NUMBER_BYTES);
    int before = target.position();
    varint(target, ((long) field << 3) | ProtobufFields.LENGTH_DELIMITED);
    varint(target, length);
    return grown(target.position() - before);
  }

  /** Parts are kept with their position at their end. */
  private ProtobufMessage raw(ByteBuffer value) {
    int length = value.remaining();
    if (length <= SMALL) {
      room(length).put(value);
    } else {
      parts.add(value.position(value.limit()));
      room = ByteBuffer.allocate(0);
    }
    return grown(length);
  }

  private ProtobufMessage grown(int bytes) {
    size += bytes;
    return this;
  }

  private ByteBuffer room(int bytes) {
    if (room.remaining() < bytes) {
      room = ByteBuffer.allocate(Math.max(SMALL, bytes));
      parts.add(room);
    }
    return room;
  }

  private static void varint(ByteBuffer target, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      target.put((byte) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    target.put((byte) rest);
  }
}
