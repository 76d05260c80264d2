package io.manymodels.adapter.onnx;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;
import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.json.RowsJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Corpus;
import io.manymodels.testing.Values;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models of texts are asked as people write: with emoji in all places. */
class TextModelsTest {
  private static final ModelLoader LOADER = new OnnxModelLoader();

  /** Beyond U+FFFF: a face, and a character of Chinese. */
  private static final String GRIN = "\uD83D\uDE00";

  private static final String FISH = "\uD842\uDFB7";

  /** The scores are those of ONNX Runtime in Python for these texts. */
  @ParameterizedTest
  @CsvSource({
    "skl_tfidf_logreg,0.14470041,0.78340542,0.07189415,0.91064066,0.36315334",
    "skl_tfidf_1d_text,0.17083065,0.741826,0.08734339,0.88311875,0.37316588"
  })
  void emojiBetweenWordsChangeNoScore(
      String name, float access, float billing, float bug, float login, float alone) {
    try (LoadedModel model = load(corpus(name))) {
      Rows texts =
          rows(
              "{'data': [['#I was charged twice*, re#fund my invoice #'],"
                  + " ['cannot log#in to my account'], ['#']], 'outputs': 'all'}");
      float[] scores = numbers(model.predict(texts).outputs().get(1).value());
      assertThat(Arrays.copyOf(scores, 3))
          .containsExactly(new float[] {access, billing, bug}, within(1e-5f));
      assertThat(scores[3]).isCloseTo(login, within(1e-5f));
      assertThat(scores[6]).isCloseTo(alone, within(1e-5f));
    }
  }

  private static float[] numbers(OutputValue scores) {
    Cells cells =
        scores instanceof OutputValue.ByClass byClass
            ? byClass.values()
            : ((OutputValue.Tensor) scores).cells();
    return ((Cells.Floats) cells).values();
  }

  @Test
  void aWordEndsWhereACharacterIsReplaced() {
    assertThat(answer("words", "['red#fish', '#RED#', 'redfish', 'a\\u0000fish']"))
        .isEqualTo("[[1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]");
  }

  private static String answer(String name, String texts) {
    try (LoadedModel model = load(tinyOnnx("graph/" + name))) {
      return Values.nested(model.predict(rows("{'data': " + texts + "}")).first()).toString();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"words_of_any", "words_and_text"})
  void whereMoreThanWordsAreLookedAtEmojiAreRefused(String name) {
    try (LoadedModel model = load(tinyOnnx("graph/" + name))) {
      Rows texts = rows("{'data': ['red', '#']}");
      assertThatExceptionOfType(ServingException.class)
          .isThrownBy(() -> model.predict(texts))
          .withMessageContaining("characters beyond U+FFFF, such as emoji")
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_MISMATCH))
          .satisfies(
              e ->
                  assertThat(e.violations())
                      .extracting(Violation::pointer)
                      .containsExactly("/data/1"));
    }
  }

  private static byte[] corpus(String name) {
    return Corpus.cases().stream()
        .filter(model -> model.name().equals(name))
        .map(model -> toArray(model.model()))
        .findFirst()
        .orElseThrow();
  }

  /** JSON with single quotes, and signs that stand for characters beyond U+FFFF. */
  private static Rows rows(String json) {
    return RowsJson.read(json.replace('\'', '"').replace("#", GRIN).replace("*", FISH));
  }

  private static LoadedModel load(byte[] bytes) {
    return LOADER.load(describe(ref("tenant1", 1), bytes), ByteBuffer.wrap(bytes));
  }
}
