package io.manymodels.adapter.onnx.graph;

import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protobuf.ProtobufMessage;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.ModelOutput.Form;
import io.manymodels.tensor.Signature;
import io.manymodels.testing.Corpus;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GraphSignatureTest {
  private static final Map<String, Datatype> DATATYPES =
      Map.of("FLOAT", Datatype.FP32, "DOUBLE", Datatype.FP64, "STRING", Datatype.BYTES);

  static Stream<Corpus.Case> corpus() {
    return Corpus.cases().stream();
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void theCorpusIsReadAsItsCasesSay(Corpus.Case model) {
    Signature signature = GraphSignature.of(ref("tenant1", 1), model.model());
    List<ModelInput> expected = new ArrayList<>();
    for (JsonNode input : model.json().get("inputs")) {
      expected.add(input(input, model.json().get("bind")));
    }
    assertThat(signature.inputs())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("orWider")
        .isEqualTo(expected);
    List<String> outputs = new ArrayList<>();
    model.json().get("outputs").forEach(output -> outputs.add(output.textValue()));
    assertThat(signature.outputs()).extracting(ModelOutput::name).isEqualTo(outputs);
    for (ModelOutput output : signature.outputs()) {
      assertFits(output, model.json().get("expected").get(output.name()));
    }
  }

  /** A width that the graph leaves open is that of the matrix that the caller's columns make. */
  private static ModelInput input(JsonNode input, JsonNode bind) {
    List<Long> shape = new ArrayList<>();
    input.get("shape").forEach(size -> shape.add(size.isNumber() ? size.longValue() : -1));
    String name = input.get("name").textValue();
    for (JsonNode bound : bind) {
      if (bound.get("input").textValue().equals(name)
          && shape.size() == 2
          && shape.get(1) == Signature.FREE) {
        shape.set(1, (long) bound.get("columns").size());
      }
    }
    String type = input.get("type").textValue().toUpperCase(Locale.ROOT);
    Datatype datatype = DATATYPES.containsKey(type) ? DATATYPES.get(type) : Datatype.valueOf(type);
    boolean optional = input.path("optional").asBoolean();
    return new ModelInput(name, datatype, shape, List.of(), Map.of(), optional);
  }

  private static void assertFits(ModelOutput output, JsonNode answers) {
    JsonNode first = answers.get(0);
    if (first.isObject()) {
      assertThat(output.form()).isEqualTo(Form.MAPS);
      assertThat(first.fieldNames())
          .toIterable()
          .containsExactlyInAnyOrderElementsOf(output.classes());
      return;
    }
    assertThat(output.form()).isEqualTo(Form.TENSOR);
    assertThat(output.datatype() == Datatype.BYTES).isEqualTo(isText(first));
    if (!output.classes().isEmpty()) {
      assertThat(first).hasSize(output.classes().size());
    }
  }

  private static boolean isText(JsonNode answer) {
    return answer.isArray() ? isText(answer.get(0)) : answer.isTextual();
  }

  @ParameterizedTest
  @CsvSource({
    "scaler,3",
    "imputer,3",
    "regressor,3",
    "classifier,4",
    "classifier_binary,4",
    "svm_regressor,4",
    "svm_linear,5",
    "svm_classifier,4",
    "trees,5",
    "tree_ensemble,5",
    "extractor,4",
    "vectorizer,5",
    "gemm,6",
    "gemm_transposed,6",
    "matmul,6",
    "matmul_list,6",
    "compress,4",
    "scan,4",
    "matmul_transposed,6",
    "matmul_constant,6",
    "matmul_integer,6",
    "steps_before,6",
    "split,5",
    "difference,4",
    "reshape,4",
    "layer_norm,4",
    "distances,4",
    "trees_and_matmul,6",
    "one_column_of_four,1",
    "named_matmul,6",
    "any_named_width,-1",
    "one_of_a_series,-1",
    "any_width,-1"
  })
  void aWidthThatIsOpenComesFromTheOperators(String model, long width) {
    assertThat(read(model).inputs())
        .extracting(ModelInput::shape)
        .containsExactly(List.of(-1L, width));
  }

  @ParameterizedTest
  @CsvSource({
    "trees,true",
    "tree_ensemble,true",
    "extractor,true",
    "compress,true",
    "trees_and_matmul,false",
    "reshape,false"
  })
  void anOperatorThatPicksColumnsSaysHowManyThereAreAtLeast(String model, boolean orWider) {
    assertThat(read(model).inputs()).extracting(ModelInput::orWider).containsExactly(orWider);
  }

  @ParameterizedTest
  @CsvSource({
    "channels,-1 3 -1 -1",
    "grouped_channels,-1 6 -1 -1",
    "norm_channels,-1 3 -1 -1",
    "recurrent,-1 -1 3",
    "no_shape_gemm,-1 6",
    "no_shape_conv,-1 3 -1 -1",
    "no_shape_ids,-1",
    "no_shape_sequences,-1 -1",
    "no_shape_ids_and_mask,-1 -1",
    "no_shape,-1 -1"
  })
  void aShapeThatIsOpenComesFromTheOperators(String model, String shape) {
    List<Long> expected = Arrays.stream(shape.split(" ")).map(Long::valueOf).toList();
    assertThat(read(model).inputs()).extracting(ModelInput::shape).containsExactly(expected);
  }

  @Test
  void outputsOfEveryFormAreRead() {
    assertThat(read("maps_and_tensor").outputs())
        .containsExactly(
            new ModelOutput("label", Datatype.BYTES, List.of(-1L)),
            output("probabilities", Form.TENSOR, Datatype.FP32, List.of(-1L, 2L), "no", "yes"),
            output("y", Form.MAPS, Datatype.FP32, List.of(-1L, 2L), "no", "yes"));
    assertThat(read("maps_of_doubles").outputs())
        .containsExactly(output("y", Form.MAPS, Datatype.FP64, List.of(-1L, 2L), "7", "8"));
    assertThat(read("classes_at_a_distance").outputs())
        .containsExactly(
            new ModelOutput("label", Datatype.BYTES, List.of(-1L)),
            output("y", Form.TENSOR, Datatype.FP64, List.of(-1L, 2L), "no", "yes"));
    assertThat(read("lists").outputs())
        .containsExactly(output("y", Form.SEQUENCE, Datatype.FP32, List.of(-1L)));
    assertThat(read("unsigned_outputs").outputs())
        .extracting(ModelOutput::datatype)
        .containsExactly(Datatype.UINT16, Datatype.UINT32, Datatype.UINT64);
    assertThat(read("no_output_type").outputs()).extracting(ModelOutput::name).containsExactly("y");
  }

  private static ModelOutput output(
      String name, Form form, Datatype datatype, List<Long> shape, String... classes) {
    return new ModelOutput(name, form, datatype, shape, List.of(classes));
  }

  @Test
  void anInputWithADefaultIsOptional() {
    assertThat(read("optional_inputs").inputs())
        .containsExactly(
            new ModelInput("x", Datatype.FP32, List.of(-1L, 2L)),
            optional("factor", Datatype.FP32, List.of()),
            optional("word", Datatype.BYTES, List.of(2L)),
            optional("half", Datatype.FP16, List.of(2L)),
            optional("count", Datatype.UINT16, List.of(1L)));
  }

  private static ModelInput optional(String name, Datatype datatype, List<Long> shape) {
    return new ModelInput(name, datatype, shape, List.of(), Map.of(), true);
  }

  @ParameterizedTest
  @CsvSource({"weights_listed_of_old", "twenty_weights_listed"})
  void weightsThatAFileListsAsInputsAreNoInputs(String model) {
    assertThat(read(model).inputs()).extracting(ModelInput::name).containsExactly("x");
  }

  @ParameterizedTest
  @CsvSource({
    "map_input,the input 'x' takes a map from string; only tensors can be sent",
    "list_input,'the input ''x'' takes a list, each element a tensor of float; only tensors can'",
    "optional_value_input,the input 'x' takes an optional value; only tensors can be sent",
    "complex_input,'the input ''x'' takes a tensor of complex64, which cannot be sent'",
    "float8_input,'the input ''x'' takes a tensor of float8e4m3fn, which cannot be sent'",
    "int4_input,'the input ''x'' takes a tensor of int4, which cannot be sent'",
    "complex_output,'the output ''y'' is a tensor of complex128, which cannot be answered'"
  })
  void whatNobodyCanSendOrReadIsRefusedByName(String model, String reason) {
    assertRefused(tinyOnnx("graph/" + model), reason);
  }

  @Test
  void everyCutIsReadOrRefused() {
    byte[] file = tinyOnnx("graph/maps_and_tensor");
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      try {
        assertThat(GraphSignature.of(ref("tenant1", 1), ByteBuffer.wrap(cut)).inputs()).hasSize(1);
      } catch (ServingException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED);
        assertThat(e).hasMessageStartingWith("tenant1/1: ").hasMessageNotContaining("\n");
      }
    }
  }

  @Test
  void aCycleOfOperatorsEnds() {
    ProtobufMessage graph =
        new ProtobufMessage()
            .message(1, node("Neg", List.of("x"), "a"))
            .message(1, node("Neg", List.of("b"), "a"))
            .message(1, node("Neg", List.of("a"), "b"))
            .message(1, node("Neg", List.of("b"), "b"))
            .message(11, value("x"))
            .message(12, value("b"));
    assertThat(GraphSignature.of(ref("tenant1", 1), file(graph)).inputs()).hasSize(1);
  }

  @Test
  void manyInputsThatReachManyOperatorsAreReadSoon() {
    ProtobufMessage graph = new ProtobufMessage();
    for (int i = 0; i < 9000; i++) {
      graph.message(1, node("Neg", List.of("x" + i), "a")).message(11, value("x" + i));
    }
    String last = "a";
    for (int i = 0; i < 90_000; i++) {
      graph.message(1, node("Neg", List.of(last), "a" + i));
      last = "a" + i;
    }
    graph.message(12, value(last));
    assertThat(
            assertTimeout(
                Duration.ofMinutes(1),
                () -> GraphSignature.of(ref("tenant1", 1), file(graph)).inputs()))
        .hasSize(9000);
  }

  @Test
  void moreInputsThanAnybodySendsAreRefused() {
    ProtobufMessage graph = new ProtobufMessage();
    for (int i = 0; i < 100_000; i++) {
      graph.message(11, value("x" + i));
    }
    assertRefused(
        graphBytes(graph), "the model has more than 10000 inputs or outputs; join its columns");
  }

  @Test
  void moreNamesThanAnyModelHasAreRefused() {
    ProtobufMessage operator = new ProtobufMessage();
    for (int i = 0; i < 1_100_000; i++) {
      operator.text(1, "");
    }
    assertRefused(
        graphBytes(new ProtobufMessage().message(1, operator)),
        "the artifact is not an ONNX file: it has more than 1000000 parts");
  }

  @Test
  void aFileWithoutInputsOrOutputsIsRefused() {
    assertRefused(graphBytes(new ProtobufMessage()), "the model takes no input");
    assertRefused(
        graphBytes(new ProtobufMessage().message(11, value("x"))), "the model has no output");
  }

  private static void assertRefused(byte[] file, String reason) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> GraphSignature.of(ref("tenant1", 1), ByteBuffer.wrap(file)))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.LOAD_FAILED))
        .withMessageStartingWith("tenant1/1: " + reason);
  }

  private static Signature read(String model) {
    return GraphSignature.of(ref("tenant1", 1), ByteBuffer.wrap(tinyOnnx("graph/" + model)));
  }

  private static ProtobufMessage node(String operator, List<String> inputs, String output) {
    ProtobufMessage node = new ProtobufMessage();
    inputs.forEach(input -> node.text(1, input));
    return node.text(2, output).text(4, operator);
  }

  /** A matrix of any width. */
  private static ProtobufMessage value(String name) {
    ProtobufMessage shape =
        new ProtobufMessage().message(1, new ProtobufMessage()).message(1, new ProtobufMessage());
    ProtobufMessage tensor = new ProtobufMessage().number(1, 1).message(2, shape);
    return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
  }

  private static ByteBuffer file(ProtobufMessage graph) {
    return ByteBuffer.wrap(graphBytes(graph));
  }

  private static byte[] graphBytes(ProtobufMessage graph) {
    return new ProtobufMessage().number(1, 8).message(7, graph).toBytes();
  }
}
