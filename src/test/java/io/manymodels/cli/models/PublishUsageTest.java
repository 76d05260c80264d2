package io.manymodels.cli.models;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a publisher says of how a model is used, and where it is kept. */
class PublishUsageTest {
  private static final String LINEAR = "linear-json";
  private static final Path CORPUS = Path.of("src/test/resources/corpus/models");

  @TempDir private Path folder;
  private ModelsRun models;
  private Path model;

  @BeforeEach
  void makeAModel() throws IOException {
    models = new ModelsRun(folder.resolve("models"));
    model =
        put(
            "m.linear-json",
            "{\"coefficients\":[[1,2]],\"intercept\":[0],\"kind\":\"regression\"}");
  }

  private Path put(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private JsonNode metadata(String ref) throws IOException {
    return Json.mapper().readTree(models.root().resolve(ref + "/metadata.json").toFile());
  }

  @Test
  void signatureNamesAndExampleAreStoredAndShown() throws Exception {
    Path example = put("e.json", "{\"columns\":[\"b\",\"a\"],\"data\":[[1,2]]}");
    JsonNode unused =
        models.json(
            "publish",
            "t1",
            model.toString(),
            "--format",
            LINEAR,
            "--columns",
            "a,b",
            "--example",
            example.toString());
    JsonNode stored = metadata("t1/1");
    assertThat(stored.path("inputs").toString())
        .isEqualTo(
            "[{\"name\":\"data\",\"datatype\":\"FP64\",\"shape\":[-1,2],\"columns\":[\"a\",\"b\"]}]");
    assertThat(stored.path("outputs").path(0).path("name").asText()).isEqualTo("prediction");
    assertThat(stored.path("example").toString())
        .isEqualTo("{\"columns\":[\"b\",\"a\"],\"data\":[[1,2]]}");
    JsonNode shown = models.json("show", "t1").path("versions").get(0);
    assertThat(shown.path("inputs")).isEqualTo(stored.path("inputs"));
    assertThat(shown.path("example")).isEqualTo(stored.path("example"));
    assertThat(models.run("show", "t1").out())
        .contains(
            "\n      inputs   data FP64 [-1, 2] (a, b)",
            "\n      outputs  prediction FP64 [-1]",
            "\n      example  {\"columns\":[\"b\",\"a\"],\"data\":[[1,2]]}\n");
  }

  @Test
  void theColumnsOfAnExampleNameTheModels() throws Exception {
    Path example = put("e.json", "[{\"seats\":1,\"hours\":2}]");
    models.json(
        "publish", "t1", model.toString(), "--format", LINEAR, "--example", example.toString());
    assertThat(metadata("t1/1").path("inputs").path(0).path("columns").toString())
        .isEqualTo("[\"seats\",\"hours\"]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --columns a          | input 'data' takes 2 columns, not 1 (nothing was published
          --columns x=a,b      | the model has no input 'x'; it takes 'data'
          --columns a,,b       | --columns 'a,,b': expected names as a,b,c
          --columns a,b --columns c,d | --columns 'c,d': the columns of this input are named twice
          --missing seats=0    | the model has no column 'seats'; its columns are 'data'
          --columns a,b --missing a=0 | column 'a' takes null as it is
          --missing x          | --missing 'x': expected a column and its value, as plan=unknown
          --missing x=1 --missing x=2 | --missing 'x=2': this column is there twice
          --example nowhere    | --example 'nowhere': cannot be read (NoSuchFileException)
          --example MODEL      | got the keys [coefficients, intercept, kind]
          """)
  void whatDoesNotFitIsNamedAndNothingIsPublished(String options, String why) {
    String all =
        "publish t1 " + model + " --format linear-json " + options.replace("MODEL", "" + model);
    models.run(all.split(" ", -1)).assertFailed(2, why);
    assertThat(models.root()).doesNotExist();
  }

  @Test
  void withoutATrialWhatCannotBeReadIsAWarning() throws Exception {
    Path broken = put("b.linear-json", "{");
    ModelsRun.Result result =
        models.run("publish", "t1", broken.toString(), "--format", LINEAR, "--no-check");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err())
        .startsWith("many-models: warning: t1/1: the artifact is not a linear model: ")
        .containsOnlyOnce("\n");
    assertThat(metadata("t1/1").has("inputs")).isFalse();
    assertThat(models.run("show", "t1").out()).contains("inputs   not known: t1/1: the artifact");
    models
        .run("publish", "t1", broken.toString(), "--format", LINEAR, "--no-check", "--columns", "a")
        .assertFailed(2, "t1/2: the artifact is not a linear model", "nothing was published");
  }

  @Test
  void weightsBesideTheFileArePackedIntoIt() throws Exception {
    Path whole = CORPUS.resolve("onnx_external_data/model.onnx");
    models.json("publish", "t1", whole.toString());
    assertThat(Files.readString(whole, ISO_8859_1)).contains("model.onnx.data");
    assertThat(Files.readString(models.root().resolve("t1/1/model.onnx"), ISO_8859_1))
        .doesNotContain("model.onnx.data");
    Path alone = Files.copy(whole, folder.resolve("alone.onnx"));
    models
        .run("publish", "t1", alone.toString())
        .assertFailed(
            2,
            "t1/2: the model keeps weights in the file 'model.onnx.data', which is not in its folder;"
                + " copy it beside alone.onnx, or export the model in one file",
            "nothing was published");
  }

  @Test
  void whatStandsForAMissingValueIsStored() throws Exception {
    String file = CORPUS.resolve("skl_text_and_numbers/model.onnx").toString();
    models.json("publish", "t1", file, "--missing", "subject=");
    assertThat(metadata("t1/1").path("missing").toString()).isEqualTo("{\"subject\":\"\"}");
    assertThat(models.run("show", "t1").out()).contains("\n      missing  {\"subject\":\"\"}");
    models
        .run("publish", "t1", file, "--missing", "open_tickets=0")
        .assertFailed(2, "column 'open_tickets' takes null as it is");
  }

  @Test
  void anMlflowFolderIsAModel() throws Exception {
    mlflow("churn");
    JsonNode unused = models.json("publish", "t1", folder.resolve("churn").toString());
    assertThat(metadata("t1/1").path("example").toString())
        .isEqualTo("{\"columns\":[\"a\",\"b\",\"c\"],\"data\":[[1.0,2.0,3.0]]}");
    assertThat(metadata("t1/1").path("format").asText()).isEqualTo("onnx");
    assertThat(metadata("t1/1").path("inputs").path(0).path("columns").toString())
        .isEqualTo("[\"a\",\"b\",\"c\"]");
    models.json("publish", "t1", folder.resolve("churn/model.onnx").toString());
    assertThat(metadata("t1/2").path("example")).isEqualTo(metadata("t1/1").path("example"));
    put("churn/serving_input_example.json", "{\"columns\":");
    ModelsRun.Result result = models.run("publish", "t1", folder.resolve("churn").toString());
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("warning: t1: input example '", "published without it");
    assertThat(metadata("t1/3").has("example")).isFalse();
  }

  @Test
  void anMlflowFolderOfAnotherFlavourNamesTheConverter() throws Exception {
    put("sk/MLmodel", "flavors: {sklearn: {pickled_model: model.pkl}}");
    String sk = folder.resolve("sk").toString();
    models
        .run("publish", "t1", sk)
        .assertFailed(
            2, "t1: the folder " + sk, "the flavour sklearn", "./many-models models convert " + sk);
    put("bad/MLmodel", "[");
    models
        .run("publish", "t1", folder.resolve("bad").toString())
        .assertFailed(2, "the file MLmodel cannot be read: this is not YAML");
  }

  @Test
  void aFileThatIsNoOnnxIsToldWhatItIs() throws Exception {
    Path pickle = put("model.pkl", "ccopy_reg\n_reconstructor\np0\n(csklearn");
    models
        .run("publish", "t1", pickle.toString())
        .assertFailed(
            2,
            "t1/1: it is a pickle, not an ONNX model; make ONNX of it: ./many-models models"
                + " convert "
                + pickle,
            "nothing was published");
    Path json = put("x.json", "{\"a\": 1}");
    models
        .run("publish", "t1", json.toString(), "--format", LINEAR)
        .assertFailed(2, "the artifact is not a linear model");
  }

  @Test
  void aFolderOfModelsMayHaveExamplesAndMlflowFolders() throws Exception {
    String from = folder.resolve("from").toString();
    put("from/t1.linear-json", Files.readString(model));
    put("from/t1.example.json", "{\"columns\":[\"a\",\"b\"],\"data\":[[1,2]]}");
    put("from/t2/7/model.linear-json", Files.readString(model));
    put("from/t2/7/metadata.json", "{\"version\":7,\"size\":1,\"columns\":[\"x\",\"y\"]}");
    mlflow("from/t3");
    mlflow("from/t4/2/model");
    ModelsRun.Result result = models.run("publish", "--dir", from);
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).startsWith("published 4 models; 4 are live");
    assertThat(metadata("t1/1").path("example").has("columns")).isTrue();
    assertThat(metadata("t1/1").path("inputs").path(0).path("columns").toString())
        .isEqualTo("[\"a\",\"b\"]");
    assertThat(metadata("t2/7").path("inputs").path(0).path("columns").toString())
        .isEqualTo("[\"x\",\"y\"]");
    assertThat(metadata("t3/1").has("example")).isTrue();
    assertThat(metadata("t4/2").has("example")).isTrue();
    put("from/t2/7/metadata.json", "{\"version\":7,\"size\":1,\"columns\":[\"x\"]}");
    put("from/t2/8/model.linear-json", Files.readString(model));
    put("from/t2/8/metadata.json", "{\"version\":8,\"size\":1,\"columns\":[\"x\"]}");
    assertThat(models.run("publish", "--dir", from).err())
        .contains("failed: t2/8: input 'data' takes 2 columns, not 1");
  }

  @Test
  void theNameThatMlflowGivesIsNobodysTenant() throws Exception {
    mlflow("run/model");
    models
        .run("publish", "--dir", folder.resolve("run").toString())
        .assertFailed(2, "holds the folder of one MLflow model", "models publish TENANT ");
    models
        .run("publish", "--dir", folder.resolve("run/model").toString())
        .assertFailed(2, "is the folder of one MLflow model", "models publish TENANT ");
    assertThat(models.root()).doesNotExist();
  }

  @Test
  void whatHoldsForAllHoldsUnlessTheFolderSaysOtherwise() throws Exception {
    put("from/t1.linear-json", Files.readString(model));
    put("from/t2/1/model.linear-json", Files.readString(model));
    put("from/t2/1/metadata.json", "{\"version\":1,\"size\":1,\"columns\":[\"x\",\"y\"]}");
    models.run("publish", "--dir", folder.resolve("from").toString(), "--columns", "a,b");
    assertThat(metadata("t1/1").path("inputs").path(0).path("columns").toString())
        .isEqualTo("[\"a\",\"b\"]");
    assertThat(metadata("t2/1").path("inputs").path(0).path("columns").toString())
        .isEqualTo("[\"x\",\"y\"]");
  }

  /** As MLflow 3.17 writes it. */
  private void mlflow(String name) throws IOException {
    put(
        name + "/MLmodel",
        """
        flavors:
          onnx:
            code: null
            data: model.onnx
            onnx_version: 1.23.2
          python_function:
            data: model.onnx
            loader_module: mlflow.onnx
        mlflow_version: 3.17.2
        saved_input_example_info:
          artifact_path: input_example.json
          pandas_orient: split
          serving_input_path: serving_input_example.json
          type: dataframe
        signature:
          inputs: '[{"type": "float", "name": "a", "required": true}, {"type": "float",
            "name": "b", "required": false}, {"type": "float", "name": "c", "required": true}]'
        """);
    Files.write(folder.resolve(name + "/model.onnx"), tinyOnnx("row_sum"));
    put(
        name + "/serving_input_example.json",
        "{\"dataframe_split\": {\"columns\": [\"a\", \"b\", \"c\"], \"data\": [[1.0, 2.0, 3.0]]}}");
  }
}
