package io.manymodels.adapter.onnx;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.json.RowsJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import io.manymodels.testing.ModelLoaderContract;
import io.manymodels.testing.Parallel;
import io.manymodels.testing.Values;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxModelLoaderTest extends ModelLoaderContract {
  private static final ModelLoader LOADER = new OnnxModelLoader();

  @Override
  protected ModelLoader loader() {
    return LOADER;
  }

  @Override
  protected byte[] goodArtifact() {
    return tinyOnnx("row_sum");
  }

  @Override
  protected int width() {
    return 3;
  }

  @Test
  void everyTypeOfNumberAndAnswerIsTaken() {
    assertThat(predict("row_sum", 3, 1, 2, 3.5, 0, 0, 0)).containsExactly(6.5f, 0f);
    assertThat(predict("echo_double", 2, 0.1, 1e300)).containsExactly(0.1, 1e300);
    assertThat(predict("echo_int64", 2, 1L << 53, -7)).containsExactly(1L << 53, -7L);
    assertThat(predict("echo_int32", 1, Integer.MAX_VALUE)).containsExactly(2147483647L);
    assertThat(predict("positive", 1, -1, 2)).containsExactly(false, true);
    assertThat(predict("colour", 1, 1, 0, 5)).containsExactly("green", "red", "other");
  }

  @Test
  void columnsAreThoseOfTheAnswer() {
    try (LoadedModel one = load(tinyOnnx("row_sum"));
        LoadedModel two = load(tinyOnnx("echo_double"))) {
      assertThat(Values.shape(one.predict(rows(3, 5))))
          .isIn((Object) new int[] {3}, new int[] {3, 1});
      assertThat(Values.shape(two.predict(Rows.matrix(2, 2, new double[4])))).containsExactly(2, 2);
    }
  }

  @Test
  void aModelThatTakesAnyWidthSaysSo() {
    try (LoadedModel model = load(tinyOnnx("echo_any_width"))) {
      assertThat(model.signature().inputs().get(0).width()).isEqualTo(Signature.FREE);
      assertThat(Values.shape(model.predict(Rows.matrix(2, 3, new double[6]))))
          .containsExactly(2, 3);
      assertThat(Values.shape(model.predict(Rows.matrix(6, 1, new double[6]))))
          .containsExactly(6, 1);
    }
  }

  @Test
  void aModelThatTakesOneRowACallIsAskedRowByRow() {
    assertThat(predict("echo_one_row", 2, 1, 2, 3, 4)).containsExactly(1f, 2f, 3f, 4f);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          row_sum    | 3 | 1e39   | expected a number that fits single precision, got 1.0E39
          echo_int64 | 2 | 1.5    | expected a whole number of 64 bits, got 1.5
          echo_int64 | 2 | 1e19   | expected a whole number of 64 bits, got 1.0E19
          echo_int64 | 2 | 9223372036854775808 | expected a whole number of 64 bits, got 9.223372036854776E18
          echo_int32 | 1 | 0.5    | expected a whole number of 32 bits, got 0.5
          echo_int32 | 1 | 3e9    | expected a whole number of 32 bits, got 3000000000
          """)
  void aNumberThatDoesNotFitIsNamedByItsPlace(String name, int width, double bad, String expected) {
    double[] values = new double[3 * width];
    values[2 * width] = bad;
    try (LoadedModel model = load(tinyOnnx(name))) {
      assertMismatch(model, Rows.matrix(3, width, values), "/data/2/0", expected);
      assertThat(Values.of(model.predict(Rows.matrix(1, width, new double[width])))).isNotEmpty();
    }
  }

  @Test
  void aWrongWidthIsNamed() {
    try (LoadedModel model = load(tinyOnnx("row_sum"))) {
      assertMismatch(
          model, Rows.matrix(2, 4, new double[8]), "/data/0", "expected 3 numbers, got 4");
    }
  }

  @Test
  void manyRowsGoThroughToo() {
    try (LoadedModel model = load(tinyOnnx("row_sum"))) {
      assertThat(Values.of(model.predict(rows(100_000, 1)))).hasSize(100_000);
    }
  }

  @Test
  void anAnswerMayBeInfiniteAndThePublisherIsWarned() {
    assertThat(predict("reciprocal", 1, 4, 0)).containsExactly(0.25f, Float.POSITIVE_INFINITY);
    assertThat(warning("reciprocal"))
        .hasValueSatisfying(
            warning -> assertThat(warning).contains("'y'", "not finite", "--example"));
    assertThat(warning("row_sum")).isEmpty();
  }

  @Test
  void anAnswerForAnotherNumberOfRowsIsGivenAsItIs() {
    assertThat(predict("sum_of_everything", 2, 1, 2, 3, 4)).containsExactly(10f);
  }

  @Test
  void severalInputsAreToldApartByPositionOrName() {
    String sums = "[[11.0, 22.0], [33.0, 44.0]]";
    assertThat(answer("two_inputs", "{'data': [[1, 2, 10, 20], [3, 4, 30, 40]]}")).isEqualTo(sums);
    assertThat(answer("two_inputs", "{'data': [[[1, 2], [10, 20]], [[3, 4], [30, 40]]]}"))
        .isEqualTo(sums);
    assertThat(answer("two_inputs", "{'columns': ['z', 'x'], 'data': [[[1, 2], [10, 20]]]}"))
        .isEqualTo("[[11.0, 22.0]]");
    assertThat(answer("two_inputs", "{'inputs': {'z': [[1, 2]], 'x': [[0.5, 0]]}}"))
        .isEqualTo("[[1.5, 2.0]]");
  }

  @Test
  void textsAndTensorsOfMoreDimensionsAreTakenAndAnswered() {
    assertThat(answer("text_input", "{'data': [['a', ''], ['\uD83D\uDE00', 'z']]}"))
        .isEqualTo("[[a, ], [\uD83D\uDE00, z]]");
    String image = "[" + "[" + "[0.5,0,0,0,0,0,0,1],".repeat(7) + "[0.5,0,0,0,0,0,0,1]],";
    String images = image + image.substring(1) + image.substring(1, image.length() - 1) + "]";
    assertThat(answer("image_input", "{'data': [" + images + "]}"))
        .startsWith("[[[[0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], [");
    assertThat(answer("cube_output", "{'data': [[1, 2], [3, 4]]}")).startsWith("[[[");
    assertThat(answer("half_output", "{'data': [[0.1]]}")).isEqualTo("[[0.099975586]]");
  }

  @Test
  void probabilitiesByClassAreAnswered() {
    try (LoadedModel model = load(tinyOnnx("probabilities_by_name"))) {
      assertThat(model.predict(Rows.matrix(2, 2, new double[] {0.25, 0.75, 1, 0})).first())
          .usingRecursiveComparison()
          .isEqualTo(
              new OutputValue.ByClass(
                  new Cells.Longs(new long[] {0, 1}),
                  new Cells.Floats(new float[] {0.25f, 0.75f, 1, 0})));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          no_output             | the model has no output
          unknown_operator      | loading failed:
          future_opset          | loading failed:
          """)
  void aModelThatCannotServeIsRefusedAtLoad(String name, String reason) {
    ServingException e =
        assertFails(
            ErrorCode.LOAD_FAILED, () -> load(tinyOnnx(name)).close(), "tenant1/1: " + reason);
    assertThat(e.getMessage()).hasSizeLessThan(350).doesNotContainPattern("\\.(cc|h):\\d+");
  }

  /** What fails for zeros may answer other rows; only an example of the publisher's can tell. */
  @Test
  void aModelThatRefusesZerosIsLoadedWithAWarning() {
    assertThat(warning("missing_column"))
        .hasValueSatisfying(
            warning -> assertThat(warning).contains("zeros", "--example").doesNotContain("\n"));
    try (LoadedModel model = load(tinyOnnx("missing_column"))) {
      ServingException e =
          assertFails(ErrorCode.INPUT_MISMATCH, () -> model.predict(rows(1, 1)), "refuses");
      assertThat(e.violations()).extracting(Violation::pointer).containsExactly("/data/0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "weights_in_pom",
        "weights_in_etc",
        "weights_above",
        "constant_in_pom",
        "branch_in_pom"
      })
  void aModelCannotMakeUsReadAFile(String name) {
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> load(tinyOnnx(name)).close(),
        "tenant1/1: loading failed: it keeps weights in another file; publish it with that file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "huge_fill",
        "huge_expand",
        "huge_tile",
        "huge_constant_shape",
        "huge_random",
        "huge_sparse_weights",
        "huge_sparse_constant"
      })
  void aSmallFileCannotDeclareHugeTensors(String name) {
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> load(tinyOnnx(name)).close(),
        "tenant1/1: the model is not taken: it declares a tensor of 268435456 elements");
  }

  @Test
  void anEndlessLoopIsEnded() {
    byte[] bytes = tinyOnnx("endless_loop");
    ModelLoader impatient = new OnnxModelLoader(Duration.ofMillis(100));
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> impatient.load(describe(ref("tenant1", 1), bytes), ByteBuffer.wrap(bytes)).close(),
        "tenant1/1: the prediction that tries it was ended after 100 ms");
  }

  @Test
  void aRunIsEndedAtItsDeadlineAndTheModelAnswersTheNext() {
    try (LoadedModel model = load(tinyOnnx("loop_of_row"))) {
      Rows endless = Rows.matrix(1, 1, new double[] {9e15});
      for (int i = 0; i < 3; i++) {
        Deadline soon = Deadline.after(Duration.ofMillis(50), Ticker.SYSTEM);
        assertFails(
            ErrorCode.DEADLINE_EXCEEDED,
            () -> model.predict(endless, soon),
            "tenant1/1: the prediction was ended at its deadline");
        assertThat(Values.of(model.predict(Rows.matrix(1, 1, new double[] {7}))))
            .containsExactly(14f);
      }
    }
  }

  @Test
  void runsAreEndedAtOnceAndNoOtherOneIs() throws Exception {
    Rows endless = Rows.matrix(1, 1, new double[] {9e15});
    Rows few = Rows.matrix(1, 1, new double[] {1000});
    try (LoadedModel model = load(tinyOnnx("loop_of_row"))) {
      List<List<Object>> answers =
          Parallel.call(
              8,
              () -> {
                Deadline soon = Deadline.after(Duration.ofMillis(100), Ticker.SYSTEM);
                assertFails(
                    ErrorCode.DEADLINE_EXCEEDED, () -> model.predict(endless, soon), "ended");
                return Values.of(model.predict(few, later()));
              });
      assertThat(answers).hasSize(8).containsOnly(List.of(2000f));
    }
  }

  private static Deadline later() {
    return Deadline.after(Duration.ofMinutes(1), Ticker.SYSTEM);
  }

  @Test
  void theWeightGrowsWithTheModel() {
    try (LoadedModel small = load(tinyOnnx("row_sum"));
        LoadedModel large = load(SampleModels.bytes("tenant20", 1))) {
      assertThat(small.weightBytes()).isBetween(20_000L, 40_000L);
      assertThat(large.weightBytes()).isBetween(110_000L, 200_000L);
    }
  }

  private Optional<String> warning(String name) {
    try (LoadedModel model = load(tinyOnnx(name))) {
      return model.warning();
    }
  }

  /** The answer to rows in JSON with single quotes, as nested lists. */
  private String answer(String name, String rows) {
    try (LoadedModel model = load(tinyOnnx(name))) {
      return Values.nested(model.predict(RowsJson.read(rows.replace('\'', '"'))).first())
          .toString();
    }
  }

  private List<Object> predict(String name, int width, double... values) {
    try (LoadedModel model = load(tinyOnnx(name))) {
      Prediction prediction = model.predict(Rows.matrix(values.length / width, width, values));
      return Values.of(prediction);
    }
  }

  private static void assertMismatch(LoadedModel model, Rows rows, String pointer, String detail) {
    ServingException e =
        assertFails(
            ErrorCode.INPUT_MISMATCH,
            () -> model.predict(rows),
            "the model does not take these rows: " + pointer + ": " + detail);
    assertThat(e.violations()).containsExactly(new Violation(pointer, detail));
  }
}
