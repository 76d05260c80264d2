package io.manymodels.protocol.v2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Elements of every datatype go into bytes and into JSON and come back as they were. */
class TensorBytesTest {
  private static final ModelRef REF = new ModelRef(new TenantId("m"), new ModelVersion(3));

  /** Elements that a tensor of this datatype may have. */
  private static Cells cells(Datatype type, int size, Random random) {
    long[] bits = random.longs(size).map(each -> shortened(each, random)).toArray();
    ByteBuffer bytes = ByteBuffer.allocate(size * 8);
    switch (type) {
      case BOOL -> {
        for (long each : bits) {
          bytes.put((byte) (each & 1));
        }
      }
      case BYTES -> {
        String[] texts = new String[size];
        for (int i = 0; i < size; i++) {
          texts[i] =
              random
                      .ints(random.nextInt(5), 1, 0xd800)
                      .collect(
                          StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                      .toString()
                  + (random.nextBoolean() ? "\ud83d\ude00" : "");
        }
        return new Cells.Texts(texts);
      }
      default -> {
        for (long each : bits) {
          for (int i = 0; i < type.bytes(); i++) {
            bytes.put((byte) (each >>> (8 * i)));
          }
        }
      }
    }
    return TensorBytes.read(head(type, size), bytes.flip());
  }

  /** Small and large numbers, with either sign. */
  private static long shortened(long bits, Random random) {
    return bits >> random.nextInt(64);
  }

  private static TensorHead head(Datatype type, int size) {
    return TensorHead.of("x", type.name(), size);
  }

  private static OutputTensor output(Datatype type, Cells cells, boolean binary) {
    int[] shape = {cells.size()};
    return new OutputTensor("x", type, shape, cells, OutputTensor.NO_CLASSES, binary);
  }

  private static void assertSame(Datatype type, Cells got, Cells expected) {
    assertThat(got.size()).isEqualTo(expected.size());
    for (int i = 0; i < got.size(); i++) {
      if (type == Datatype.BYTES) {
        assertThat(((Cells.Texts) got).values()[i]).isEqualTo(((Cells.Texts) expected).values()[i]);
      } else {
        assertThat(got.number(i)).isEqualTo(Double.valueOf(expected.number(i)));
      }
    }
  }

  @Property(tries = 300)
  void bytesComeBack(
      @ForAll Datatype type, @ForAll @IntRange(max = 40) int size, @ForAll long seed) {
    Cells cells = cells(type, size, new Random(seed));
    OutputTensor output = output(type, cells, true);
    ByteBuffer bytes = ByteBuffer.allocate(TensorBytes.size(output));
    TensorBytes.write(output, bytes);
    assertThat(bytes.hasRemaining()).isFalse();
    byte[] first = bytes.array().clone();
    Cells read = TensorBytes.read(head(type, size), bytes.flip());
    assertSame(type, read, cells);
    ByteBuffer again = ByteBuffer.allocate(first.length);
    TensorBytes.write(output(type, read, true), again);
    assertThat(again.array()).isEqualTo(first);
  }

  /** What an answer tells as JSON is what a request with it asks. */
  @Property(tries = 300)
  void jsonComesBack(
      @ForAll Datatype type, @ForAll @IntRange(min = 1, max = 40) int size, @ForAll long seed)
      throws IOException {
    Cells cells = cells(type, size, new Random(seed));
    InferResponse response =
        new InferResponse(REF, Optional.empty(), List.of(output(type, cells, false)));
    byte[] json = InferResponseWriter.write(response).bytes();
    JsonNode written = Json.read(ByteBuffer.wrap(json), JsonNode.class).path("outputs").path(0);
    // The text of the answer itself, because a tree of JSON rounds single precision.
    String exact = new String(json, UTF_8).replace("\"outputs\":", "\"inputs\":");
    assertThat(written.path("shape").path(0).asInt()).isEqualTo(size);
    try (JsonParser parser = Json.mapper().createParser(exact)) {
      InferRequest read = InferRequestReader.read(parser, ByteBuffer.allocate(0), 100);
      assertThat(read.inputs().get(0).head().datatype()).isEqualTo(type);
      Cells got = read.inputs().get(0).cells();
      for (int i = 0; i < size; i++) {
        if (type == Datatype.BYTES) {
          assertThat(((Cells.Texts) got).values()[i]).isEqualTo(((Cells.Texts) cells).values()[i]);
        } else if (Double.isFinite(cells.number(i))) {
          boolean single = cells instanceof Cells.Floats;
          assertThat(single ? (float) got.number(i) : got.number(i)).isEqualTo(cells.number(i));
        } else {
          assertThat(got.kind(i)).isEqualTo(Cells.Kind.MISSING);
        }
      }
    }
  }

  @Test
  void numbersOfHalfPrecisionAreThose() {
    ByteBuffer halves =
        ByteBuffer.wrap(new byte[] {0, 0x3c, 0, (byte) 0xc0, 1, 0, 0, 0x7c, 0, 0x7e});
    assertThat(((Cells.Floats) TensorBytes.read(head(Datatype.FP16, 5), halves)).values())
        .containsExactly(1, -2, 0x1p-24f, Float.POSITIVE_INFINITY, Float.NaN);
    ByteBuffer brains = ByteBuffer.wrap(new byte[] {(byte) 0x80, 0x3f, 0x49, 0x40});
    assertThat(((Cells.Floats) TensorBytes.read(head(Datatype.BF16, 2), brains)).values())
        .containsExactly(1, 3.140625f);
  }

  @Test
  void anOutputThatIsNotWhatItDeclaresIsTheModelsFault() {
    OutputTensor output = output(Datatype.INT8, new Cells.Doubles(new double[] {300}), true);
    assertThatThrownBy(() -> TensorBytes.write(output, ByteBuffer.allocate(1)))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED));
    OutputTensor texts = output(Datatype.BYTES, new Cells.Longs(new long[] {3}), true);
    assertThatThrownBy(() -> TensorBytes.size(texts)).hasMessageContaining("declared as BYTES");
  }
}
