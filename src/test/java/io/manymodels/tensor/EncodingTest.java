package io.manymodels.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.platform.Fp16Conversions;
import io.manymodels.json.RowsJson;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncodingTest {
  /** The bytes of one cell as an element, in hex and big-endian. */
  private static String encoded(Datatype type, String json) {
    return HexFormat.of().formatHex(bytes(type, json, ByteOrder.BIG_ENDIAN).array());
  }

  private static ByteBuffer bytes(Datatype type, String json, ByteOrder order) {
    ModelInput input = new ModelInput("a", type, List.of(Signature.FREE));
    ModelOutput output = new ModelOutput("out", Datatype.FP32, List.of());
    Binding binding = new Binding(new Signature(List.of(input), List.of(output)));
    Rows rows = RowsJson.read("{\"data\": [" + json + "]}");
    ByteBuffer target = ByteBuffer.allocate(type.bytes()).order(order);
    Objects.requireNonNull(binding.bind(rows).get(0)).write(target, 0);
    assertThat(target.hasRemaining()).isFalse();
    return target.flip();
  }

  private static boolean fits(Datatype type, String json) {
    try {
      encoded(type, json);
      return true;
    } catch (ServingException e) {
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 0, 00",
    "BOOL, true, 01",
    "BOOL, 1.0, 01",
    "INT8, -128, 80",
    "INT8, 127, 7f",
    "UINT8, 255, ff",
    "INT16, -32768, 8000",
    "UINT16, 65535, ffff",
    "INT32, -2147483648, 80000000",
    "INT32, 2147483647, 7fffffff",
    "UINT32, 4294967295, ffffffff",
    "INT64, 9007199254740993, 0020000000000001",
    "INT64, -9223372036854775808, 8000000000000000",
    "INT64, 9223372036854775807, 7fffffffffffffff",
    "INT64, 1e18, 0de0b6b3a7640000",
    "INT64, false, 0000000000000000",
    "UINT64, 9223372036854775808, 8000000000000000",
    "UINT64, 18446744073709551615, ffffffffffffffff",
    "FP16, 1, 3c00",
    "FP16, 65504, 7bff",
    "FP16, 65519.99999999999, 7bff",
    "FP16, -1e-9, 8000",
    "FP16, null, 7e00",
    "BF16, 1, 3f80",
    "BF16, 3.3895313892515355e38, 7f7f",
    "BF16, null, 7fc0",
    "FP32, 0.1, 3dcccccd",
    "FP32, 3.4028234663852886e38, 7f7fffff",
    "FP32, 18446744073709551615, 5f800000",
    "FP32, true, 3f800000",
    "FP32, null, 7fc00000",
    "FP64, 0.1, 3fb999999999999a",
    "FP64, -0.0, 8000000000000000",
    "FP64, 18446744073709551615, 43f0000000000000",
    "FP64, null, 7ff8000000000000",
  })
  void whatFitsIsEncoded(Datatype type, String json, String hex) {
    assertThat(encoded(type, json)).isEqualTo(hex);
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 2",
    "BOOL, -1",
    "BOOL, 0.5",
    "BOOL, null",
    "BOOL, \"true\"",
    "INT8, -129",
    "INT8, 128",
    "INT8, 1e300",
    "UINT8, -1",
    "UINT8, 256",
    "INT16, -32769",
    "INT16, 32768",
    "UINT16, 65536",
    "UINT16, -1",
    "INT32, -2147483649",
    "INT32, 2147483648",
    "INT32, 0.5",
    "UINT32, 4294967296",
    "UINT32, -1",
    "INT64, 9223372036854775808",
    "INT64, -9223372036854775809",
    "INT64, 9007199254740993.5",
    "INT64, 3.5",
    "INT64, null",
    "INT64, \"7\"",
    "UINT64, -1",
    "UINT64, -9007199254740993",
    "UINT64, 18446744073709551616",
    "FP16, 65520",
    "FP16, -1e300",
    "BF16, 3.4e38",
    "BF16, 1e39",
    "FP32, 3.4028236e38",
    "FP32, 1e39",
    "FP64, \"7\"",
  })
  void whatDoesNotFitIsRefused(Datatype type, String json) {
    assertThat(fits(type, json)).isFalse();
  }

  @Test
  void elementsAreInTheOrderOfTheBuffer() {
    assertThat(bytes(Datatype.INT32, "1", ByteOrder.LITTLE_ENDIAN).array())
        .containsExactly(1, 0, 0, 0);
    assertThat(bytes(Datatype.UINT64, "18446744073709551614", ByteOrder.LITTLE_ENDIAN).array())
        .containsExactly(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
  }

  /** Against ONNX Runtime's own conversions. */
  @Test
  void everyHalfComesBack() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float half = Fp16Conversions.fp16ToFloat((short) bits);
      float brain = Fp16Conversions.bf16ToFloat((short) bits);
      if (!Float.isNaN(half)) {
        assertThat(HalfPrecision.of(half)).isEqualTo((short) bits);
      }
      if (!Float.isNaN(brain)) {
        assertThat(HalfPrecision.brainOf(brain)).isEqualTo((short) bits);
      }
    }
    assertThat(Fp16Conversions.fp16ToFloat(HalfPrecision.of(Float.NaN))).isNaN();
    assertThat(Fp16Conversions.bf16ToFloat(HalfPrecision.brainOf(Float.NaN))).isNaN();
  }

  @Property(tries = 20_000)
  void singlePrecisionIsRoundedAsOnnxRuntimeDoes(@ForAll int bits) {
    float value = Float.intBitsToFloat(bits);
    if (!Float.isNaN(value)) {
      assertThat(HalfPrecision.of(value)).isEqualTo(Fp16Conversions.floatToFp16(value));
      assertThat(HalfPrecision.brainOf(value)).isEqualTo(Fp16Conversions.floatToBf16(value));
    }
  }

  /** Half way between two halves, and a little to either side: less than a float can tell. */
  @Property(tries = 5_000)
  void doublesAreRoundedOnce(@ForAll @IntRange(min = 0, max = 0x7bfe) int bits) {
    double low = Fp16Conversions.fp16ToFloat((short) bits);
    double high = Fp16Conversions.fp16ToFloat((short) (bits + 1));
    double middle = (low + high) / 2;
    short even = (short) (bits + (bits & 1));
    assertThat(half(middle)).isEqualTo(even);
    assertThat(half(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
    assertThat(half(Math.nextDown(middle))).isEqualTo((short) bits);
    assertThat(half(-Math.nextUp(middle))).isEqualTo((short) (bits + 1 | 0x8000));
  }

  private static short half(double value) {
    return bytes(Datatype.FP16, String.format(Locale.ROOT, "%s", value), ByteOrder.BIG_ENDIAN)
        .getShort();
  }
}
