package io.manymodels.adapter.onnx;

import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;
import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.manymodels.adapter.onnx.graph.DefaultTensor;
import io.manymodels.adapter.onnx.graph.PackedFile;
import io.manymodels.adapter.onnx.graph.ServedGraph;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.testing.Corpus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX Runtime itself takes what is served, and answers what the file means. */
class ServedGraphTest {
  private static final OrtEnvironment ENVIRONMENT = NativeLibrary.load();
  private static final OnnxLocales LOCALES = new OnnxLocales(ENVIRONMENT);

  /** Beyond U+FFFF: two faces, and a character of Chinese. */
  private static final String GRIN = "\uD83D\uDE00";

  private static final String BLANK = "\uD83D\uDE10";
  private static final String FISH = "\uD842\uDFB7";
  private static final String WITH_NUL = "a\0b";

  /** Operators that ONNX Runtime does not have. */
  private static final Set<String> UNKNOWN_OPERATORS =
      Set.of("onnx_custom_extensions", "onnx_custom_unknown_domain");

  static Stream<Corpus.Case> corpus() {
    return Corpus.cases().stream().filter(model -> !UNKNOWN_OPERATORS.contains(model.name()));
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void theCorpusIsTakenWithTheNamesOfItsSignatures(Corpus.Case model) throws OrtException {
    ByteBuffer file = PackedFile.of(ref("tenant1", 1), model.model(), model::file);
    assertNamesOfSignature(ServedGraph.of(ref("tenant1", 1), file, LOCALES));
  }

  private static void assertNamesOfSignature(ServedGraph served) throws OrtException {
    try (OrtSession session = session(served)) {
      assertThat(session.getInputNames())
          .containsExactlyElementsOf(
              served.signature().inputs().stream().map(ModelInput::name).toList());
      assertThat(session.getOutputNames())
          .containsExactlyElementsOf(
              served.signature().outputs().stream().map(ModelOutput::name).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "row_sum",
        "colour",
        "graph/gemm",
        "graph/text_lower_c",
        "graph/lists",
        "graph/best_of_all"
      })
  void aFileThatCanBeTakenAsItIsIsNotCopied(String model) {
    ByteBuffer file = ByteBuffer.wrap(tinyOnnx(model));
    assertThat(ServedGraph.of(ref("tenant1", 1), file, LOCALES).bytes()).isSameAs(file);
  }

  @Test
  void aCopyIsInDirectMemoryWhenTheFileIs() {
    byte[] file = tinyOnnx("graph/maps_and_tensor");
    ByteBuffer direct = ByteBuffer.allocateDirect(file.length).put(file).flip();
    ServedGraph served = ServedGraph.of(ref("tenant1", 1), direct, LOCALES);
    assertThat(served.bytes().isDirect()).isTrue();
    assertThat(direct.remaining()).isEqualTo(file.length);
    assertThat(served.bytes()).isEqualTo(served("maps_and_tensor").bytes());
    assertThat(served("maps_and_tensor").bytes().isDirect()).isFalse();
  }

  @Test
  void anInputWithADefaultIsTakenFromTheCaller() throws OrtException {
    ServedGraph served = served("optional_inputs");
    assertNamesOfSignature(served);
    assertThat(served.defaults())
        .containsOnlyKeys("factor", "word", "half", "count")
        .containsEntry(
            "factor",
            new DefaultTensor(
                Datatype.FP32, List.of(), littleEndian(4).putFloat(0, 0.5f), List.of()))
        .containsEntry(
            "word",
            new DefaultTensor(
                Datatype.BYTES, List.of(2L), ByteBuffer.allocate(0), List.of(GRIN, "b")))
        .containsEntry(
            "half",
            new DefaultTensor(
                Datatype.FP16, List.of(2L), littleEndian(4).putInt(0, 0x3E003800), List.of()))
        .containsEntry(
            "count",
            new DefaultTensor(
                Datatype.UINT16, List.of(1L), littleEndian(2).putShort(0, (short) -1), List.of()));
    Map<String, Object> answer =
        run(
            served,
            Map.of(
                "x", floats(new float[] {1, 2}, 1, 2),
                "factor", floats(new float[] {10}),
                "word", texts(BLANK, "c"),
                "half", bits(OnnxJavaType.FLOAT16, (short) 0x3800, (short) 0x3E00),
                "count", bits(OnnxJavaType.INT16, (short) -1)));
    assertThat(answer)
        .containsEntry("y", new float[][] {{5, 30}})
        .containsEntry("said", new String[] {BLANK, "c"})
        .containsEntry("h", new float[] {0.5f, 1.5f})
        .containsEntry("counted", new short[] {-1});
  }

  @Test
  void unsignedNumbersAreSentAsTheirBits() throws OrtException {
    ServedGraph served = served("unsigned_inputs");
    assertNamesOfSignature(served);
    assertThat(served.signature().inputs())
        .extracting(ModelInput::datatype)
        .containsExactly(Datatype.UINT16, Datatype.UINT32, Datatype.UINT64);
    ByteBuffer ints = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()).putInt(0, -1);
    ByteBuffer longs = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    longs.putLong(0, Long.MIN_VALUE);
    Map<String, Object> answer =
        run(
            served,
            Map.of(
                "x4", bits(OnnxJavaType.INT16, (short) -1),
                "x12",
                    OnnxTensor.createTensor(ENVIRONMENT, ints, new long[] {1}, OnnxJavaType.INT32),
                "x13",
                    OnnxTensor.createTensor(
                        ENVIRONMENT, longs, new long[] {1}, OnnxJavaType.INT64)));
    assertThat(answer).containsEntry("y", new double[] {65535.0 + 4294967295.0 + 0x1p63});
  }

  @Test
  void mapsAreServedAsTheTensorTheyAreMadeOf() throws OrtException {
    ServedGraph served = served("maps_and_tensor");
    assertThat(served.keys()).containsOnlyKeys("y");
    assertThat(((Cells.Texts) served.keys().get("y")).values()).containsExactly("no", "yes");
    Map<String, Object> answer = run(served, Map.of("x", floats(new float[] {1, 2}, 1, 2)));
    assertThat(answer.get("y")).isEqualTo(answer.get("probabilities"));
    assertThat(answer).containsEntry("label", new String[] {"yes"});
  }

  @Test
  void mapsOfDoublesAreServed() throws OrtException {
    assertThatExceptionOfType(OrtException.class)
        .isThrownBy(() -> ENVIRONMENT.createSession(tinyOnnx("graph/maps_of_doubles")))
        .withMessageContaining("Type 'tensor(double)' of input parameter");
    ServedGraph served = served("maps_of_doubles");
    assertThat(((Cells.Longs) served.keys().get("y")).values()).containsExactly(7, 8);
    double[][] rows = {{0.1, 0.9}};
    assertThat(run(served, Map.of("x", OnnxTensor.createTensor(ENVIRONMENT, rows))))
        .containsEntry("y", rows);
  }

  @ParameterizedTest
  @CsvSource({"imputer_of_doubles,NaN", "imputer_of_doubles_that_are_zero,0"})
  void missingValuesAreReplacedInDoublesToo(String model, double missing) throws OrtException {
    assertThatExceptionOfType(OrtException.class)
        .isThrownBy(() -> ENVIRONMENT.createSession(tinyOnnx("graph/" + model)))
        .withMessageContaining("Could not find an implementation for Imputer");
    double[][] rows = {{missing, 0.1}, {1e300, missing}};
    assertThat(run(served(model), Map.of("x", OnnxTensor.createTensor(ENVIRONMENT, rows))))
        .containsEntry("y", new double[][] {{0.5, 0.1}, {1e300, 1.5}});
  }

  @Test
  void aForestOfDoublesAnswersInSinglePrecision() throws OrtException {
    assertThatExceptionOfType(OrtException.class)
        .isThrownBy(() -> ENVIRONMENT.createSession(tinyOnnx("graph/forest_of_doubles")))
        .withMessageContaining("Type Error");
    ServedGraph served = served("forest_of_doubles");
    assertThat(served.signature().outputs())
        .containsExactly(new ModelOutput("y", Datatype.FP32, List.of(-1L, 1L)));
    double[][] rows = {{-1, -1}, {1, -1}};
    assertThat(run(served, Map.of("x", OnnxTensor.createTensor(ENVIRONMENT, rows))))
        .containsEntry("y", new float[][] {{2}, {3}});
  }

  @ParameterizedTest
  @ValueSource(strings = {"maps_without_opset", "map_of_one_row", "maps_with_a_label_too_many"})
  void mapsAreServedWhateverTheyAreMadeOf(String model) throws OrtException {
    ServedGraph served = served(model);
    assertNamesOfSignature(served);
    assertThat(served.keys()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"scaler", "trees", "extractor", "gemm", "matmul_integer", "reshape", "scan"})
  void aRowOfTheWidthThatWasFoundIsAnswered(String model) throws OrtException {
    ServedGraph served = served(model);
    int width = Math.toIntExact(served.signature().inputs().get(0).width());
    assertThat(run(served, Map.of("x", floats(new float[width], 1, width)))).containsKey("y");
  }

  @Test
  void textsBeyondTheFirstPlaneAreCategories() throws OrtException {
    assertThat(answer("text_codes", GRIN, BLANK, FISH, "a", WITH_NUL, "A", ""))
        .isEqualTo(new long[] {1, 2, 3, 4, 5, -1, -1});
    assertThat(answer("text_category", FISH, WITH_NUL, "b")).isEqualTo(new long[] {3, 5, -1});
    assertThat(answer("text_one_hot", BLANK, WITH_NUL, "b"))
        .isEqualTo(new float[][] {{0, 1, 0, 0, 0}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 0}});
    assertThat(answer("text_pool", BLANK, BLANK, WITH_NUL, "b"))
        .isEqualTo(new float[] {0, 2, 0, 0, 1});
    assertThat(answer("text_equal", GRIN, BLANK)).isEqualTo(new boolean[] {true, false});
  }

  @Test
  void textsBeyondTheFirstPlaneAreLabels() throws OrtException {
    assertThat(answer("text_labels", "0", "1", "2", "3", "4", "5"))
        .isEqualTo(new String[] {GRIN, BLANK, FISH, "a", WITH_NUL, BLANK + BLANK});
    assertThat(answer("text_tensors", GRIN, BLANK, WITH_NUL, "b"))
        .isEqualTo(new String[] {WITH_NUL, "a", GRIN, "?"});
    assertThat(answer("text_nested", GRIN, BLANK)).isEqualTo(new String[] {"1", BLANK});
    assertThat(answer("text_function", FISH, "a"))
        .isEqualTo(new String[] {FISH + GRIN, "a" + GRIN});
    assertThat(answer("text_split", "a" + GRIN + FISH)).isEqualTo(new String[][] {{"a", FISH}});
  }

  @Test
  void namesBeyondTheFirstPlaneAreServed() throws OrtException {
    ServedGraph served = served("named_beyond");
    assertNamesOfSignature(served);
    assertThat(run(served, Map.of(GRIN, floats(new float[] {1}, 1))))
        .containsEntry(FISH, new float[] {-1});
  }

  @ParameterizedTest
  @CsvSource({
    "text_lower,StringNormalizer",
    "text_tokens,Tokenizer",
    "text_pattern,RegexFullMatch",
    "text_sorted,Unique",
    "text_hash,MurmurHash3",
    "text_labels_beside_tokens,Tokenizer"
  })
  void operatorsThatLookInsideTextsAreNamed(String model, String operator) throws OrtException {
    ServedGraph served = served(model);
    assertThat(served.textOperators()).containsExactly(operator);
    assertThat(served.plainTexts()).containsExactly("x");
    // What is in the first plane, as all of them take it.
    assertThat(run(served, Map.of("x", texts("\u00e9", "\u6f22")))).containsKey("y");
  }

  @Test
  void onlyInputsThatGoIntoSuchAnOperatorAreToBePlain() throws OrtException {
    ServedGraph served = served("text_beside_category");
    assertThat(served.textOperators()).containsExactly("Tokenizer");
    assertThat(served.plainTexts()).containsExactly("x");
    assertThat(run(served, Map.of("x", texts("ab"), "z", texts(GRIN))))
        .containsEntry("y", new String[][] {{"a", "b"}})
        .containsEntry("code", new long[] {7});
    assertThat(served("text_nested_tokens").plainTexts()).containsExactlyInAnyOrder("x", "z");
  }

  @Test
  void operatorsThatLookInsideTextsWouldTakeOthersWrongly() throws OrtException {
    assertThatExceptionOfType(OrtException.class).isThrownBy(() -> answer("text_lower", GRIN));
    assertThatExceptionOfType(OrtException.class).isThrownBy(() -> answer("text_tokens", GRIN));
    // One character, and so it is if it is of the first plane.
    assertThat(answer("text_pattern", GRIN, "\u6f22")).isEqualTo(new boolean[] {false, true});
    assertThat(answer("text_sorted", GRIN, "\uffee")).isEqualTo(new String[] {GRIN, "\uffee"});
    assertThat(answer("text_hash", "\u6f22")).isEqualTo(new int[] {1399629057});
    assertThat(answer("text_hash", GRIN)).isNotEqualTo(new int[] {-1095487750});
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text_codes",
        "text_category",
        "text_one_hot",
        "text_pool",
        "text_equal",
        "text_nested",
        "text_function",
        "text_split",
        "text_unsorted"
      })
  void operatorsThatCompareTextsTakeAll(String model) {
    assertThat(served(model).textOperators()).isEmpty();
    assertThat(served(model).plainTexts()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "text_nested_constant_and_tokens,a constant text beyond U+FFFF goes into one of its operators",
    "text_constant_into_tokens,a constant text beyond U+FFFF goes into one of its operators [Tokenizer]",
    "text_padded_beyond,the pad_value of its operator Tokenizer is beyond U+FFFF"
  })
  void aConstantThatSuchAnOperatorWouldTakeWronglyIsRefused(String model, String reason) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> served(model))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED))
        .withMessageStartingWith("tenant1/1: the model is not taken: " + reason);
  }

  @Test
  void lettersOfAllAlphabetsChangeTheirCase() throws OrtException {
    assertThat(answer("text_lower", "THE", "\u00c9A\u0416"))
        .isEqualTo(new String[] {"\u00e9a\u0436"});
    // The file names the locale C, which every machine has, and which knows A to Z.
    assertThat(answer("text_lower_c", "\u00c9A")).isEqualTo(new String[] {"\u00c9a"});
  }

  @Test
  void aLocaleWithOtherLettersIsNotReplaced() {
    assertThat(LOCALES.instead("tr_TR.UTF-8")).isEqualTo("tr_TR.UTF-8");
    assertThat(LOCALES.instead("C")).isEqualTo("C");
    assertThat(LOCALES.instead("no_SUCH.UTF-8")).contains("UTF-8");
  }

  @Test
  void versionNumbersThatChangeNothingAreLowered() throws OrtException {
    assertThatExceptionOfType(OrtException.class)
        .isThrownBy(() -> ENVIRONMENT.createSession(tinyOnnx("graph/newest_versions")))
        .withMessageContaining("Unsupported model IR version: 14");
    assertThat(run(served("newest_versions"), Map.of("x", floats(new float[] {1, 2}, 1, 2))))
        .containsEntry("y", new float[][] {{-1, -2}});
    assertThatExceptionOfType(OrtException.class)
        .isThrownBy(() -> session(served("future_versions")))
        .withMessageContaining("Unsupported model IR version: 15");
  }

  @ParameterizedTest
  @ValueSource(strings = {"words", "words_of_two"})
  void textsOfWhichOnlyWordsAreLookedAtAreNamed(String model) {
    assertThat(served(model).plainTexts()).containsExactly("x");
    assertThat(served(model).asciiTokens()).containsExactly("x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "words_of_any",
        "words_of_others",
        "words_between",
        "words_after_stop_words",
        "words_and_text",
        "words_and_category",
        "words_and_branch"
      })
  void textsThatAreLookedAtOtherwiseAreNot(String model) {
    assertThat(served(model).plainTexts()).containsExactly("x");
    assertThat(served(model).asciiTokens()).isEmpty();
  }

  /** ONNX Runtime 1.28 ends the process over a TopK without rows. */
  @ParameterizedTest
  @ValueSource(strings = {"best_of_rows", "best_in_a_function"})
  void theBestOfNoRowsAreNone(String model) throws OrtException {
    float[] none = new float[8];
    assertThat(run(served(model), Map.of("x", floats(none, 2, 4))))
        .containsEntry("v", new float[0][2])
        .containsEntry("i", new long[0][2]);
    float[] one = {0, 0, 0, 0, 3, 7, 5, 0};
    assertThat(run(served(model), Map.of("x", floats(one, 2, 4))))
        .containsEntry("v", new float[][] {{7, 5}})
        .containsEntry("i", new long[][] {{1, 2}});
  }

  @Test
  void aCallOfAFunctionIsServed() throws OrtException {
    assertThat(run(served("call"), Map.of("x", floats(new float[] {1, 2}, 1, 2))))
        .containsEntry("y", new float[][] {{-1, -2}});
  }

  /** ONNX Runtime 1.28 ends the process over each of these files. */
  @ParameterizedTest
  @CsvSource({
    "call_with_more_inputs,2 inputs",
    "call_with_more_outputs,2 outputs",
    "call_in_a_branch,2 inputs",
    "call_in_a_function,2 inputs"
  })
  void aCallWithMoreThanTheFunctionHasIsRefused(String model, String what) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> served(model))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED))
        .withMessage(
            "tenant1/1: the model is not taken: it calls its function 'Negated' with "
                + what
                + ", which declares 1; correct the call or the function");
  }

  private static ServedGraph served(String model) {
    ByteBuffer file = ByteBuffer.wrap(tinyOnnx("graph/" + model));
    return ServedGraph.of(ref("tenant1", 1), file, LOCALES);
  }

  private static OrtSession session(ServedGraph served) throws OrtException {
    return ENVIRONMENT.createSession(toArray(served.bytes()));
  }

  /** The output y of a model for a list of texts named x. */
  private static Object answer(String model, String... texts) throws OrtException {
    return run(served(model), Map.of("x", texts(texts))).get("y");
  }

  private static Map<String, Object> run(ServedGraph served, Map<String, OnnxTensor> inputs)
      throws OrtException {
    Map<String, Object> outputs = new HashMap<>();
    try (OrtSession session = session(served);
        OrtSession.Result result = session.run(inputs)) {
      for (Map.Entry<String, OnnxValue> output : result) {
        outputs.put(output.getKey(), output.getValue().getValue());
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
    return outputs;
  }

  private static OnnxTensor texts(String... texts) throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, texts, new long[] {texts.length});
  }

  private static OnnxTensor floats(float[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, FloatBuffer.wrap(values), shape);
  }

  private static OnnxTensor bits(OnnxJavaType type, short... values) throws OrtException {
    return OnnxTensor.createTensor(
        ENVIRONMENT, ShortBuffer.wrap(values), new long[] {values.length}, type);
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
