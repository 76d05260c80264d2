package io.manymodels.protobuf;

import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ProtobufMessageTest {

  @Property(tries = 1000)
  void whatIsWrittenIsReadBack(
      @ForAll long number, @ForAll @Size(max = 700) byte[] bytes, @ForAll long[] numbers) {
    ProtobufMessage inner = new ProtobufMessage().number(3, number).numbers(4, numbers);
    ProtobufMessage message =
        new ProtobufMessage()
            .number(1, number)
            .bytes(2, ByteBuffer.wrap(bytes))
            .message(300, inner)
            .floats(5, 1.5f, Float.NaN);
    byte[] written = message.toBytes();
    assertThat(message.size()).isEqualTo(written.length);
    ProtobufFields fields = new ProtobufFields(ByteBuffer.wrap(written));
    assertThat(fields.next()).isTrue();
    assertThat(fields.number()).isEqualTo(1);
    assertThat(fields.value()).isEqualTo(number);
    assertThat(fields.next()).isTrue();
    assertThat(toArray(fields.message())).isEqualTo(bytes);
    assertThat(fields.next()).isTrue();
    assertThat(fields.number()).isEqualTo(300);
    List<Long> read = new ArrayList<>();
    ProtobufFields.forEach(fields.message(), field -> read.addAll(field.numbers()));
    List<Long> expected = new ArrayList<>(List.of(number));
    for (long next : numbers) {
      expected.add(next);
    }
    assertThat(read).isEqualTo(expected);
    assertThat(fields.next()).isTrue();
    assertThat(fields.count(Float.BYTES)).isEqualTo(2);
    assertThat(fields.next()).isFalse();
  }

  @Property(tries = 1000)
  void fieldsThatStayAreCopiedAsTheyAre(
      @ForAll @Size(max = 20) List<@Size(max = 400) byte[]> texts, @ForAll int changedFields) {
    ProtobufMessage message = new ProtobufMessage();
    ProtobufMessage expected = new ProtobufMessage();
    for (int i = 0; i < texts.size(); i++) {
      boolean changes = (changedFields >> i & 1) != 0;
      message.bytes(i + 1, ByteBuffer.wrap(texts.get(i)));
      if (changes) {
        expected.number(i + 1, 7);
      } else {
        expected.bytes(i + 1, ByteBuffer.wrap(texts.get(i)));
      }
    }
    // Does not begin at the start of its buffer, as a message within a message does not.
    ByteBuffer part = ByteBuffer.allocate((int) message.size() + 1).position(1);
    part.put(message.toBytes()).position(1);
    ProtobufMessage changed =
        ProtobufMessage.changed(
            part,
            field ->
                (changedFields >> (field.number() - 1) & 1) != 0
                    ? new ProtobufMessage().number(field.number(), 7)
                    : null);
    if (changed == null) {
      assertThat(expected.toBytes()).isEqualTo(message.toBytes());
    } else {
      assertThat(changed.toBytes()).isEqualTo(expected.toBytes());
    }
    assertThat(part.position()).isEqualTo(1);
  }

  @Test
  void fieldsCanBeLeftOutOrBecomeMore() {
    ByteBuffer message =
        ByteBuffer.wrap(new ProtobufMessage().number(1, 1).number(2, 2).number(3, 3).toBytes());
    ProtobufMessage changed =
        ProtobufMessage.changed(
            message,
            field ->
                switch (field.number()) {
                  case 1 -> new ProtobufMessage();
                  case 3 -> new ProtobufMessage().number(4, 4).number(5, 5);
                  default -> null;
                });
    assertThat(changed).isNotNull();
    assertThat(changed.toBytes())
        .isEqualTo(new ProtobufMessage().number(2, 2).number(4, 4).number(5, 5).toBytes());
    assertThat(ProtobufMessage.changed(message, field -> null)).isNull();
  }

  @Property(tries = 2000)
  void anyBytesAreWalkedOrRefused(@ForAll byte[] bytes) {
    try {
      ProtobufFields.forEach(
          ByteBuffer.wrap(bytes), field -> assertThat(field.numbers()).isNotNull());
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("it ");
    }
  }

  @Test
  void aNumberThatDoesNotEndIsRefused() {
    byte[] endless = new byte[12];
    Arrays.fill(endless, (byte) 0x80);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProtobufFields.forEach(ByteBuffer.wrap(endless), field -> {}))
        .withMessage("it has a number that does not end");
  }
}
