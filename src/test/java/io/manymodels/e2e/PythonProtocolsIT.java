package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.manymodels.adapter.onnx.OnnxModelLoader;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Corpus;
import io.manymodels.testing.CorpusForm;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocols of KServe V1, MLflow and Azure ML: the answers are those of POST /score. */
class PythonProtocolsIT {
  private static final String PREFIX = "py-";
  private static final String FRAME =
      "{'columns':['a','b','c','d'],'index':[0],'data':[[5.1,3.5,1.4,0.2]]}";

  /** Strings, missing values, booleans, big numbers, several inputs, and more dimensions. */
  private static final Set<String> MODELS =
      Set.of(
          "catboost_string_labels",
          "onnx_bool_input",
          "rank_big_ids",
          "rank_two_tower",
          "skl_any_width_ridge",
          "skl_demand_hist_gb_nan",
          "skl_df_int_bool_columns",
          "skl_df_mixed_nan",
          "skl_df_string_labels_forest",
          "skl_multilabel_forest",
          "skl_tfidf_1d_text",
          "skl_tfidf_logreg",
          "ts_lstm_3d");

  private final Application application = Application.of(getClass());

  @BeforeAll
  static void publish() {
    OnnxModelLoader loader = new OnnxModelLoader();
    cases()
        .forEach(
            model -> {
              ModelRef ref = new ModelRef(new TenantId(tenant(model)), new ModelVersion(1));
              byte[] packed = Artifacts.toArray(loader.packed(ref, model.model(), model::file));
              Application.running().registry().publish(tenant(model), packed);
            });
  }

  @AfterAll
  static void remove() {
    cases().forEach(model -> Application.running().registry().remove(tenant(model)));
    Application.running().fill();
  }

  static Stream<Corpus.Case> cases() {
    return Corpus.cases().stream().filter(model -> MODELS.contains(model.name()));
  }

  private static String tenant(Corpus.Case model) {
    return PREFIX + model.name();
  }

  static List<String> tenants() {
    return Expected.tenants();
  }

  private Answer post(String path, String body) {
    return application.postJson(path, body.replace('\'', '"'));
  }

  private static String predict(String tenant) {
    return "/v1/models/" + tenant + ":predict";
  }

  private static String invocations(String tenant) {
    return "/models/" + tenant + "/invocations";
  }

  private static String azure(String tenant) {
    return "/models/" + tenant + "/score";
  }

  @ParameterizedTest
  @MethodSource("tenants")
  void sampleTenantsAnswerAsScikitLearnInEachProtocol(String tenant) {
    JsonNode rows = Expected.rows(tenant);
    JsonNode expected = application.score(tenant, rows).ok().path("prediction");

    JsonNode v1 = post(predict(tenant), "{\"instances\":" + rows + "}").ok();
    JsonNode mlflow = post(invocations(tenant), "{\"inputs\":" + rows + "}").ok();
    JsonNode azure = post(azure(tenant), "{\"input_data\":" + rows + "}").ok();

    assertThat(v1.path("predictions")).isEqualTo(expected);
    assertThat(mlflow.path("predictions")).isEqualTo(expected);
    assertThat(azure).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void modelsOfAllKindsAnswerInEachFormOfRows(Corpus.Case model) {
    String tenant = tenant(model);
    List<Integer> all = IntStream.range(0, model.rows()).boxed().toList();
    JsonNode data = Answer.read(CorpusForm.DATA.body(tenant, model, all)).path("data");
    JsonNode expected = application.score(tenant, data).ok().path("prediction");

    Map<String, JsonNode> answers = new TreeMap<>();
    JsonNode tensors = Answer.read(CorpusForm.INPUTS.body(tenant, model, all)).path("inputs");
    JsonNode records = Answer.read(CorpusForm.RECORDS.body(tenant, model, all)).path("records");
    answers.put("V1 rows", predictions(predict(tenant), "instances", data));
    answers.put("V1 objects", predictions(predict(tenant), "instances", records));
    answers.put("V1 tensors", predictions(predict(tenant), "inputs", tensors));
    answers.put("MLflow rows", predictions(invocations(tenant), "instances", data));
    answers.put("MLflow objects", predictions(invocations(tenant), "instances", records));
    answers.put("MLflow tensors", predictions(invocations(tenant), "inputs", tensors));
    answers.put("Azure tensors", call(azure(tenant), "input_data", tensors).ok());
    if (isFrame(model)) {
      ObjectNode frame = frame(model);
      String endpoint = "/serving-endpoints/" + tenant + "/invocations";
      answers.put("split", predictions(invocations(tenant), "dataframe_split", frame));
      answers.put("records", predictions(endpoint, "dataframe_records", records(frame)));
      answers.put("Azure split", call(azure(tenant), "input_data", frame).ok());
      answers.put("CSV", csv(invocations(tenant), csv(frame)).ok().path("predictions"));
    }
    assertThat(answers).allSatisfy((form, answer) -> assertThat(answer).isEqualTo(expected));
  }

  private JsonNode predictions(String path, String key, JsonNode rows) {
    return call(path, key, rows).ok().path("predictions");
  }

  private Answer call(String path, String key, JsonNode rows) {
    return application.postJson(path, Answer.JSON.createObjectNode().set(key, rows).toString());
  }

  private Answer csv(String path, String table) {
    return application.send(
        application
            .request(path)
            .header("Content-Type", "text/csv; charset=UTF-8")
            .POST(BodyPublishers.ofString(table)));
  }

  /** Whether a row is a row of a table, as a user of pandas has it. */
  private static boolean isFrame(Corpus.Case model) {
    return !Set.of("rank_two_tower", "ts_lstm_3d").contains(model.name());
  }

  /** As {@code to_dict("split")} gives it. */
  private static ObjectNode frame(Corpus.Case model) {
    ObjectNode frame = Answer.JSON.createObjectNode();
    frame.set("columns", model.json().path("columns"));
    frame.set("data", model.json().path("rows"));
    ArrayNode index = frame.putArray("index");
    IntStream.range(0, model.rows()).forEach(index::add);
    return frame;
  }

  private static ArrayNode records(JsonNode frame) {
    ArrayNode records = Answer.JSON.createArrayNode();
    for (JsonNode row : frame.path("data")) {
      ObjectNode record = records.addObject();
      for (int i = 0; i < row.size(); i++) {
        record.set(frame.path("columns").get(i).asText(), row.get(i));
      }
    }
    return records;
  }

  private static String csv(JsonNode frame) {
    List<JsonNode> rows = new ArrayList<>(List.of(frame.path("columns")));
    frame.path("data").forEach(rows::add);
    StringBuilder table = new StringBuilder();
    for (JsonNode row : rows) {
      StringJoiner line = new StringJoiner(",", "", "\n");
      for (JsonNode cell : row) {
        line.add(cell.isNull() ? "" : "\"" + cell.asText().replace("\"", "\"\"") + "\"");
      }
      table.append(line);
    }
    return table.toString();
  }

  @Test
  void aBareNanIsMissing() {
    String tenant = PREFIX + "skl_demand_hist_gb_nan";
    int width =
        Corpus.cases().stream()
            .filter(model -> tenant(model).equals(tenant))
            .findFirst()
            .orElseThrow()
            .json()
            .path("columns")
            .size();
    String cells = String.join(",", java.util.Collections.nCopies(width, "NaN"));
    String nulls = cells.replace("NaN", "null");
    JsonNode expected = application.score(tenant, Answer.read("[[" + nulls + "]]")).ok();
    for (String path : List.of(predict(tenant), invocations(tenant))) {
      assertThat(post(path, "{'inputs':[[" + cells + "]]}").ok().path("predictions"))
          .isEqualTo(expected.path("prediction"));
    }
  }

  @Test
  void outputsCanBeAskedForByParams() {
    JsonNode answer =
        post(invocations("tenant9"), "{'dataframe_split':" + FRAME + ",'params':{'outputs':'all'}}")
            .ok();
    assertThat(answer.path("predictions").path("label").toString()).isEqualTo("[0]");
    assertThat(answer.path("predictions").path("probabilities").get(0)).hasSize(3);
    assertThat(
            post(azure("tenant9"), "{'input_data':" + FRAME + ",'params':{'outputs':['label']}}")
                .ok()
                .toString())
        .isEqualTo("{\"label\":[0]}");
  }

  @Test
  void probesAnswerAsTheirServersDo() {
    assertThat(application.get("/").ok().toString()).isEqualTo("{\"status\":\"alive\"}");
    for (String path : List.of("/ping", "/health", "/models/tenant9/ping")) {
      assertThat(application.get(path).status()).isEqualTo(200);
      assertThat(application.get(path).body()).isEqualTo("\n");
    }
    assertThat(application.get("/version").body()).matches("[0-9]+\\.[0-9]+\\.[0-9]+");
    assertThat(application.get("/models/tenant9/version").body()).matches("[0-9.]+");
    assertThat(application.get("/models/nobody/health").status()).isEqualTo(404);
    assertThat(application.get("/v1/models/tenant9").ok().toString())
        .isEqualTo("{\"name\":\"tenant9\",\"ready\":true}");
    assertThat(application.get("/v1/models").ok().path("models").toString())
        .contains("\"tenant1\"", "\"tenant30\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'instances':[[1,2,3]]} | 400 | /instances/0: expected 4 numbers, got 3
          {'instances':[[1,2,3,'x']]} | 400 | /instances/0/3: expected a number that fits single precision, got a string
          {'instances':[{'a':1}]} | 400 | /instances/0: expected 4 numbers, got 1
          {'inputs':{'Z':[[1,2,3,4]]}} | 400 | unknown: 'Z'
          {'data':[[1,2,3,4]]} | 400 | expected one of the keys
          {'instances': | 400 | not valid JSON
          """)
  void whatIsWrongIsToldInTheFormOfTheProtocol(String body, int status, String part) {
    Answer v1 = post(predict("tenant9"), body);
    assertThat(v1.status()).as("%s", v1).isEqualTo(status);
    assertThat(v1.header("content-type")).hasValue("application/json");
    assertThat(v1.json().path("error").asText()).contains(part);
    assertThat(v1.json()).hasSize(1);

    Answer mlflow = post(invocations("tenant9"), body);
    assertThat(mlflow.status()).isEqualTo(status);
    assertThat(mlflow.json().path("error_code").asText()).isEqualTo("BAD_REQUEST");
    assertThat(mlflow.json().path("message").asText()).contains(part);
    Problems.assertNoLeak(application, v1);
    Problems.assertNoLeak(application, mlflow);
  }

  @Test
  void unknownModelsAreTold() {
    for (String name : List.of("nobody", "a%2Fb", "..", "%00")) {
      Answer v1 = post(predict(name), "{'instances':[[1]]}");
      assertThat(v1.status()).as("%s", v1).isEqualTo(404);
      assertThat(v1.header("content-type")).get().asString().startsWith("application/");
    }
    assertThat(post(invocations("nobody"), "{'inputs':[[1]]}").json().path("error_code").asText())
        .isEqualTo("RESOURCE_DOES_NOT_EXIST");
    Answer azure = post(azure("nobody"), "{'input_data':[[1]]}");
    assertThat(azure.status()).isEqualTo(404);
    assertThat(azure.json().path("message").asText()).contains("nobody");
  }

  @Test
  void azuresInputDataIsRequired() {
    Answer answer = post(azure("tenant9"), "{'data':[[1,2,3,4]]}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("message").asText())
        .isEqualTo("expected the key input_data; got 'data'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/json; charset=latin-1",
        "text/csv; charset=utf-16",
        "application/vnd.apache.parquet"
      })
  void otherContentTypesAreRefusedAsMlflowDoes(String type) {
    Answer answer =
        application.send(
            application
                .request(invocations("tenant9"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString("{\"inputs\":[[1,2,3,4]]}")));
    assertThat(answer.status()).isEqualTo(415);
    assertThat(answer.header("content-type")).get().asString().startsWith("text/plain");
  }

  @Test
  void otherMethodsAreRefused() {
    for (String path : List.of(predict("tenant9"), invocations("tenant9"), azure("tenant9"))) {
      Answer answer = application.get(path);
      assertThat(answer.status()).as("%s", path).isEqualTo(405);
      assertThat(answer.header("allow")).hasValue("POST");
    }
    assertThat(post("/v1/models", "{}").status()).isEqualTo(405);
  }
}
