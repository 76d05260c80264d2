package io.manymodels.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.adapter.onnx.OnnxModelLoader;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Corpus;
import io.manymodels.testing.CorpusAnswers;
import io.manymodels.testing.CorpusTensors;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Open Inference Protocol V2 over HTTP, on the port that most requests come by. */
class V2IT {
  private static final String PREFIX = "v2-";
  private static final String HEADER = "Inference-Header-Content-Length";

  /** What ONNX Runtime does not load, and the one that its converter changed: see CorpusIT. */
  private static final Set<String> OTHERS =
      Set.of("onnx_custom_extensions", "onnx_custom_unknown_domain", "skl_bayesian_ridge_std");

  private static final String FOUR =
      "{\"inputs\":[{\"name\":\"X\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[5.1,3.5,1.4,0.2]}]}";

  private static final Application RUNNING = Application.running();
  private final Application application = Application.of(getClass());

  static Stream<Corpus.Case> models() {
    return Corpus.cases().stream().filter(model -> !OTHERS.contains(model.name()));
  }

  private static String tenant(Corpus.Case model) {
    return PREFIX + model.name();
  }

  @BeforeAll
  static void publish() {
    OnnxModelLoader loader = new OnnxModelLoader();
    models()
        .forEach(
            model -> {
              ModelRef ref = new ModelRef(new TenantId(tenant(model)), new ModelVersion(1));
              byte[] packed = Artifacts.toArray(loader.packed(ref, model.model(), model::file));
              RUNNING.registry().publish(tenant(model), packed);
            });
  }

  @AfterAll
  static void remove() {
    List<String> tenants = models().map(V2IT::tenant).toList();
    tenants.forEach(RUNNING.registry()::remove);
    String body =
        Answer.JSON.createObjectNode().set("tenants", Answer.JSON.valueToTree(tenants)).toString();
    JsonNode unused =
        RUNNING
            .send(
                RUNNING
                    .jsonRequest("/refresh_models", body)
                    .header("Authorization", "Bearer " + RUNNING.token()))
            .ok();
    RUNNING.fill();
  }

  /** All rows at once where they have one shape, else one after the other. */
  @ParameterizedTest
  @MethodSource("models")
  void everyRowIsAnsweredRightAsJsonAndAsBytes(Corpus.Case model) throws Exception {
    JsonNode metadata = application.get("/v2/models/" + tenant(model)).ok();
    List<Integer> all = IntStream.range(0, model.rows()).boxed().toList();
    List<String> wrong = new ArrayList<>();
    for (boolean binary : new boolean[] {false, true}) {
      wrong.addAll(wrong(model, metadata, all, binary));
      if (!model.isBatchDependent()) {
        wrong.addAll(wrong(model, metadata, List.of(model.rows() - 1), binary));
      }
    }
    assertThat(wrong).isEmpty();
  }

  private List<String> wrong(
      Corpus.Case model, JsonNode metadata, List<Integer> rows, boolean binary) throws Exception {
    CorpusTensors.Request request = CorpusTensors.request(model, rows, metadata, binary);
    HttpRequest.Builder builder =
        application
            .request("/v2/models/" + tenant(model) + "/infer")
            .POST(BodyPublishers.ofByteArray(request.body()));
    if (request.jsonLength() < request.body().length) {
      builder.header(HEADER, String.valueOf(request.jsonLength()));
    }
    HttpResponse<byte[]> answer = send(builder);
    String place = rows + (binary ? " as bytes: " : " as JSON: ");
    if (answer.statusCode() != 200) {
      return List.of(place + new String(answer.body(), UTF_8));
    }
    Optional<String> jsonLength = answer.headers().firstValue(HEADER);
    assertThat(answer.headers().firstValue("content-type"))
        .hasValue(jsonLength.isPresent() ? "application/octet-stream" : "application/json");
    assertThat(jsonLength.isPresent()).isEqualTo(binary);
    int length = jsonLength.map(Integer::valueOf).orElse(answer.body().length);
    return new CorpusAnswers(model, rows)
        .differences(CorpusTensors.outputs(answer.body(), length)).stream()
            .map(difference -> place + difference)
            .toList();
  }

  private static HttpResponse<byte[]> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return Application.client().send(request.build(), BodyHandlers.ofByteArray());
  }

  @Test
  void aServerTellsWhatItIs() {
    assertThat(application.get("/v2/health/live").ok().path("live").asBoolean()).isTrue();
    assertThat(application.get("/v2/health/ready").ok().path("ready").asBoolean()).isTrue();
    JsonNode server = application.get("/v2").ok();
    assertThat(server.path("name").asText()).isEqualTo("many-models");
    assertThat(server.path("version").asText()).isNotEmpty();
    assertThat(texts(server.path("extensions")))
        .contains("binary_tensor_data", "statistics", "model_repository");
  }

  @Test
  void aModelTellsWhatItIs() {
    JsonNode model = application.get("/v2/models/tenant1/versions/1").ok();
    assertThat(model).isEqualTo(application.get("/v2/models/tenant1").ok());
    assertThat(model.path("versions").path(0).asText()).isEqualTo("1");
    assertThat(model.path("inputs"))
        .isEqualTo(Answer.read("[{\"name\":\"X\",\"datatype\":\"FP32\",\"shape\":[-1,4]}]"));
    JsonNode ready = application.get("/v2/models/tenant1/ready").ok();
    assertThat(ready).isEqualTo(Answer.read("{\"name\":\"tenant1\",\"ready\":true}"));
    JsonNode config = application.get("/v2/models/tenant1/config").ok();
    assertThat(config.path("max_batch_size").asInt()).isPositive();
    assertThat(config.path("input").path(0).path("data_type").asText()).isEqualTo("TYPE_FP32");
    assertThat(config.path("input").path(0).path("dims")).isEqualTo(Answer.read("[4]"));
  }

  @Test
  void allModelsAreListed() {
    Answer index =
        application.send(application.request("/v2/repository/index").POST(BodyPublishers.noBody()));
    assertThat(index.ok().isArray()).isTrue();
    assertThat(index.json().findValuesAsText("name")).contains("tenant1", "tenant30");
    assertThat(index.json().path(0).path("state").asText()).isEqualTo("READY");
    assertThat(texts(application.get("/v2/models").ok().path("models")))
        .contains("tenant1", "tenant30");
  }

  @Test
  void aLoadedModelAnswersAndAnUnloadIsRefused() {
    Answer withoutToken = application.postJson("/v2/repository/models/tenant30/load", "{}");
    assertError(withoutToken, 401, "token");
    Answer loaded =
        application.send(
            application
                .jsonRequest("/v2/repository/models/tenant30/load", "{}")
                .header("Authorization", "Bearer " + application.token()));
    assertThat(loaded.ok().path("version").asText()).isEqualTo("1");
    Answer unloaded =
        application.send(
            application
                .jsonRequest("/v2/repository/models/tenant30/unload", "{}")
                .header("Authorization", "Bearer " + application.token()));
    assertError(unloaded, 400, "placement");
  }

  @Test
  void theIdIsRepeatedAndTheVersionIsTold() {
    String body = FOUR.replace("{\"inputs\"", "{\"id\":\"é-1\",\"inputs\"");
    JsonNode answer = application.postJson("/v2/models/tenant1/versions/1/infer", body).ok();
    assertThat(answer.path("id").asText()).isEqualTo("é-1");
    assertThat(answer.path("model_name").asText()).isEqualTo("tenant1");
    assertThat(answer.path("model_version").asText()).isEqualTo("1");
    assertThat(answer.path("outputs").path(0).path("data")).isEqualTo(Answer.read("[0]"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v2/models/nobody/infer | 404 | nobody",
        "/v2/models/tenant1/versions/7/infer | 404 | version 7",
        "/v2/models/tenant1/versions/x/infer | 404 | 'x'",
        "/v2/models/tenant1%2Finfer/infer | 404 | no model 'tenant1%2Finfer'",
        "/v2/models/..%2Ftenant1/infer | 404 | no model '..%2Ftenant1'",
        "/v2/models/tenant1%2Finfer | 405 | GET, HEAD",
        "/v2/models/stats/infer | 404 | stats",
        "/v2/models/tenant1 | 405 | GET, HEAD",
        "/v2/models/tenant1/nothing | 404 | nothing at this path",
      })
  void whatIsNotThereIsSaidInTheFormOfTheProtocol(String path, int status, String why) {
    assertError(application.postJson(path, FOUR), status, why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FP32 | FP64 | FP32, got FP64",
        "\"X\" | \"Y\" | 'Y'",
        "[1,4] | [4] | array of 4 numbers",
        "[1,4] | [2,2] | expected 4 numbers",
        "[1,4] | [1,5] | needs 5 elements",
        "5.1 | \"a\" | got a string",
        "\"inputs\" | \"outputs\":[{\"name\":\"no\"}],\"inputs\" | 'no'",
        "{\"inputs\" | {\"inputs | not valid JSON",
      })
  void whatTheClientGotWrongIs400(String part, String wrong, String why) {
    Answer answer = application.postJson("/v2/models/tenant1/infer", FOUR.replace(part, wrong));
    assertError(answer, 400, why);
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  private static void assertError(Answer answer, int status, String why) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
    assertThat(answer.header("content-type")).hasValue("application/json");
    assertThat(answer.json().path("error").asText()).contains(why);
  }
}
