package io.manymodels.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonGenerator;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Cells.Kind;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.OutputValue.ByClass;
import io.manymodels.tensor.OutputValue.Entries;
import io.manymodels.tensor.OutputValue.Sequence;
import io.manymodels.tensor.OutputValue.Tensor;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputJsonTest {
  private interface Writing {
    void write(OutputValue value, JsonGenerator json) throws IOException;
  }

  private static String written(OutputValue value, Writing how) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = Json.mapper().createGenerator(text)) {
      how.write(value, json);
    }
    return text.toString();
  }

  private static String output(OutputValue value) throws IOException {
    return written(value, OutputJson::write);
  }

  private static String prediction(OutputValue value) throws IOException {
    return written(value, OutputJson::writePrediction);
  }

  private static Cells floats(float... values) {
    return new Cells.Floats(values);
  }

  private static Tensor tensor(Cells cells, int... shape) {
    return new Tensor(cells, shape);
  }

  private static Cells texts(String... texts) {
    return new Cells.Texts(texts);
  }

  @Test
  void tensorsAreNestedAsTheyAre() throws IOException {
    Cells six = new Cells.Longs(new long[] {1, 2, 3, 4, 5, 6});
    assertThat(output(tensor(six, 6))).isEqualTo("[1,2,3,4,5,6]");
    assertThat(output(tensor(six, 6, 1))).isEqualTo("[[1],[2],[3],[4],[5],[6]]");
    assertThat(output(tensor(six, 1, 2, 3))).isEqualTo("[[[1,2,3],[4,5,6]]]");
    assertThat(output(tensor(floats(0.1f)))).isEqualTo("0.1");
    assertThat(output(tensor(floats(), 2, 0))).isEqualTo("[[],[]]");
    assertThat(output(tensor(floats(), 0, 2))).isEqualTo("[]");
  }

  @Test
  void thePredictionHasAnEntryARow() throws IOException {
    assertThat(prediction(tensor(floats(1, 2), 2, 1))).isEqualTo("[1.0,2.0]");
    assertThat(prediction(tensor(floats(1, 2), 1, 2))).isEqualTo("[[1.0,2.0]]");
    assertThat(prediction(tensor(floats(1, 2), 2, 1, 1))).isEqualTo("[[[1.0]],[[2.0]]]");
    assertThat(prediction(tensor(floats(1)))).isEqualTo("[1.0]");
    Cells truths = new Cells.Truths(new boolean[] {true, false});
    assertThat(prediction(tensor(truths, 2))).isEqualTo("[1,0]");
    assertThat(output(tensor(truths, 2))).isEqualTo("[true,false]");
  }

  @Test
  void whatIsNotFiniteIsNullInItsPlace() throws IOException {
    float infinite = Float.POSITIVE_INFINITY;
    assertThat(output(tensor(floats(1, Float.NaN, infinite, -infinite, -0f), 5)))
        .isEqualTo("[1.0,null,null,null,-0.0]");
    double most = Double.MAX_VALUE;
    Cells doubles = new Cells.Doubles(new double[] {Double.NaN, most, Double.NEGATIVE_INFINITY});
    assertThat(prediction(tensor(doubles, 3))).isEqualTo("[null,1.7976931348623157E308,null]");
    assertThat(output(new ByClass(texts("a"), floats(Float.NaN, 2))))
        .isEqualTo("[{\"a\":null},{\"a\":2.0}]");
  }

  @Test
  void wholeNumbersKeepAllTheirDigits() throws IOException {
    Cells longs = new Cells.Longs(new long[] {Long.MIN_VALUE, (1L << 53) + 1});
    assertThat(output(tensor(longs, 2))).isEqualTo("[-9223372036854775808,9007199254740993]");
    Cells unsigned =
        new Cells.Mixed(
            new byte[] {Kind.UNSIGNED.code(), Kind.UNSIGNED.code()},
            new long[] {-1, Long.MIN_VALUE},
            new String[0]);
    assertThat(output(tensor(unsigned, 2))).isEqualTo("[18446744073709551615,9223372036854775808]");
  }

  @Test
  void mapsAreObjectsByClass() throws IOException {
    Cells ids = new Cells.Longs(new long[] {-1, (1L << 53) + 1});
    assertThat(output(new ByClass(ids, floats(1, 2, 3, 4))))
        .isEqualTo("[{\"-1\":1.0,\"9007199254740993\":2.0},{\"-1\":3.0,\"9007199254740993\":4.0}]");
    assertThat(prediction(new Entries(texts("a\"", "\uD83D\uDE00"), floats(1, 2))))
        .isEqualTo("{\"a\\\"\":1.0,\"\uD83D\uDE00\":2.0}");
    assertThat(output(new Entries(texts(), floats()))).isEqualTo("{}");
    assertThat(output(new ByClass(texts(), floats()))).isEqualTo("[]");
  }

  @Test
  void sequencesAreLists() throws IOException {
    Sequence inner = new Sequence(List.of(tensor(floats(1), 1), tensor(floats(1, 2), 2)));
    Sequence outer = new Sequence(List.of(inner, new Sequence(List.of()), tensor(texts("x"))));
    assertThat(output(outer)).isEqualTo("[[[1.0],[1.0,2.0]],[],\"x\"]");
    assertThat(prediction(outer)).isEqualTo(output(outer));
  }

  @Test
  void mapsHaveAValueForEachKey() {
    Cells two = texts("a", "b");
    assertThatIllegalArgumentException().isThrownBy(() -> new ByClass(two, floats(1, 2, 3)));
    assertThatIllegalArgumentException().isThrownBy(() -> new ByClass(texts(), floats(1)));
    assertThatIllegalArgumentException().isThrownBy(() -> new Entries(two, floats(1)));
    assertThatIllegalArgumentException().isThrownBy(() -> new Entries(floats(1), floats(1)));
    assertThatIllegalArgumentException().isThrownBy(() -> tensor(floats(1), 2));
  }
}
