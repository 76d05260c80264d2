package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.access.AdminToken;
import io.manymodels.access.Gate;
import io.manymodels.access.OpenGate;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.Usage;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.FakeCluster;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Open Inference Protocol V2 as Ray's proxy hands it over, before replicas that a test controls.
 */
class V2CallsTest extends IngressFixture {
  private static final String HEADER = "inference-header-content-length";
  private static final String INFER = "/v2/models/tenant01/infer";
  private static final String REQUEST =
      "{\"inputs\":[{\"name\":\"x\",\"shape\":[2,2],\"datatype\":\"FP32\",\"data\":[1,2,3,4]}]}";
  private static final Signature SIGNATURE =
      new Signature(
          List.of(new ModelInput("x", Datatype.FP32, List.of(-1L, 2L))),
          List.of(
              new ModelOutput("sum", Datatype.FP32, List.of(-1L)),
              new ModelOutput(
                  "list", ModelOutput.Form.SEQUENCE, Datatype.FP32, List.of(-1L), List.of())));

  private final List<Rows> asked = new ArrayList<>();

  /** The model adds the two numbers of each row. */
  @BeforeEach
  void publish() {
    byte[] bytes = {1};
    var plain = Artifacts.describe(Artifacts.ref("tenant01", 3), bytes);
    stores
        .writableRegistry()
        .publish(
            plain.withUsage(new Usage(Optional.of(SIGNATURE), Optional.empty())),
            "",
            ByteBuffer.wrap(bytes));
    cluster.predicts(
        "Deploymentx",
        request -> {
          asked.add(request.rows());
          Cells cells = request.rows().blocks().get(0).cells();
          float[] sums = new float[request.rows().count()];
          for (int i = 0; i < sums.length; i++) {
            sums[i] = (float) (cells.number(2 * i) + cells.number(2 * i + 1));
          }
          OutputValue value =
              new OutputValue.Tensor(new Cells.Floats(sums), new int[] {sums.length});
          return FakeCluster.predicted(
              request,
              new Prediction(value, List.of(new Prediction.Named("sum", Datatype.FP32, value))));
        });
  }

  private static JsonNode assertError(Answer answer, int status, String why) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
    assertThat(answer.head().path("t").asText()).isEqualTo("application/json");
    assertThat(answer.json().path("error").asText()).contains(why);
    return answer.json();
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "application/octet-stream", "text/plain", ""})
  void jsonIsTakenWhateverTheContentTypeSays(String contentType) {
    Answer answer = send("POST", INFER, Map.of("content-type", contentType), REQUEST);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"model_name\":\"tenant01\",\"model_version\":\"3\",\"outputs\":[{\"name\":\"sum\","
                + "\"datatype\":\"FP32\",\"shape\":[2],\"data\":[3.0,7.0]}]}");
    assertThat(asked.get(0).form()).isEqualTo(Rows.Form.INPUTS);
  }

  private Answer sendBytes(byte[] body, int jsonLength) {
    String head =
        "{\"m\":\"POST\",\"p\":\""
            + INFER
            + "\",\"q\":\"\",\"h\":{\""
            + HEADER
            + "\":\""
            + jsonLength
            + "\"},\"id\":\"request-1\",\"t\":0,\"e\":\"b64\"}\n";
    return Answer.of(edge.answer("\u0001" + head + Base64.getEncoder().encodeToString(body)));
  }

  private static void assertBinarySums(Answer answer) {
    assertThat(answer.head().path("t").asText()).isEqualTo("application/octet-stream");
    assertThat(answer.head().path("e").asText()).isEqualTo("b64");
    byte[] body = Base64.getDecoder().decode(answer.body());
    int length = Integer.parseInt(answer.header(HEADER));
    assertThat(new String(body, 0, length, UTF_8)).contains("\"binary_data_size\":");
    ByteBuffer tail =
        ByteBuffer.wrap(body, length, body.length - length).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(tail.getFloat()).isEqualTo(-1f);
  }

  @Test
  void bytesComeAndGoThroughTheProxy() {
    byte[] json =
        """
        {"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[2,2],\
        "datatype":"FP32","parameters":{"binary_data_size":16}}]}"""
            .getBytes(UTF_8);
    ByteBuffer body = ByteBuffer.allocate(json.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    body.put(json).putFloat(-2).putFloat(1).putFloat(3).putFloat(4);
    assertBinarySums(sendBytes(body.array(), json.length));
    assertThat(asked.get(0).blocks().get(0).cells()).isInstanceOf(Cells.Floats.class);
  }

  @Test
  void aBodyWithoutJsonIsOneRowOfTheOnlyInput() {
    ByteBuffer body = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    assertBinarySums(sendBytes(body.putFloat(-2).putFloat(1).array(), 0));
    assertThat(asked.get(0).count()).isEqualTo(1);

    assertError(sendBytes(new byte[12], 0), 400, "2 elements of FP32 are 8 bytes, got 12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x", "", "1.0", "9999", "99999999999", "5, 5"})
  void aWrongHeaderLengthIsSaid(String length) {
    assertError(
        send("POST", INFER, Map.of(HEADER, length), REQUEST),
        400,
        "the header Inference-Header-Content-Length: expected how many of the body's 74 bytes");
  }

  @Test
  void bytesWithoutTheHeaderAreExplained() {
    Answer answer = sendBytes(new byte[] {'{', (byte) 0xff}, 2);
    assertError(answer, 400, "as far as the header Inference-Header-Content-Length says");
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_INPUT,400,",
    "INPUT_MISMATCH,400,",
    "MODEL_NOT_FOUND,404,",
    "PAYLOAD_TOO_LARGE,413,",
    "TENANT_OVER_SHARE,429,1",
    "LOAD_FAILED,502,",
    "OVERLOADED,503,1",
    "STORE_UNAVAILABLE,503,1",
    "DEADLINE_EXCEEDED,504,",
  })
  void failuresHaveTheFormOfTheProtocol(ErrorCode code, int status, String retryAfter) {
    cluster.fails(code, "that is why");
    Answer answer = post(INFER, REQUEST);
    assertError(answer, status, "that is why");
    assertThat(answer.json().size()).isEqualTo(1);
    assertThat(answer.header("retry-after")).isEqualTo(retryAfter == null ? "" : retryAfter);
  }

  @Test
  void aDefectSaysNothingButTheRequestId() {
    cluster.predicts(
        "Deploymentx",
        request ->
            FakeCluster.predicted(
                request, new Prediction(new OutputValue.Sequence(List.of()), List.of())));
    Answer answer =
        post(INFER, REQUEST.replace("{\"inputs\"", "{\"outputs\":[{\"name\":\"sum\"}],\"inputs\""));
    assertError(answer, 500, ID);
    assertThat(answer.body()).doesNotContain("Exception");
  }

  @Test
  void anotherVersionThanTheLiveOneIsNotThere() {
    assertThat(post("/v2/models/tenant01/versions/3/infer", REQUEST).status()).isEqualTo(200);
    assertError(post("/v2/models/tenant01/versions/2/infer", REQUEST), 404, "version 2");
    assertError(get("/v2/models/tenant01/versions/2"), 404, "version 2");
    assertError(get("/v2/models/tenant01/versions/2/ready"), 404, "version 2");
  }

  @Test
  void aMethodThatAPathDoesNotTakeIsSaid() {
    Answer answer = get(INFER);
    assertError(answer, 405, "POST");
    assertThat(answer.header("allow")).isEqualTo("POST");
    assertThat(send("HEAD", "/v2/models/tenant01/ready", Map.of(), "").status()).isEqualTo(200);
  }

  @Test
  void metadataLeaveOutWhatIsNoTensor() {
    JsonNode metadata = get("/v2/models/tenant01").json();
    assertThat(metadata.path("outputs"))
        .isEqualTo(json("[{\"name\":\"sum\",\"datatype\":\"FP32\",\"shape\":[-1]}]"));
    JsonNode config = get("/v2/models/tenant01/config").json();
    assertThat(config.path("output"))
        .isEqualTo(
            json(
                "[{\"name\":\"sum\",\"data_type\":\"TYPE_FP32\",\"dims\":[1],"
                    + "\"reshape\":{\"shape\":[]}}]"));
  }

  private static JsonNode json(String text) {
    return Json.read(text, JsonNode.class);
  }

  @Test
  void statisticsCountRequestsAndRows() {
    assertThat(post(INFER, REQUEST).status()).isEqualTo(200);
    assertThat(post(INFER, REQUEST).status()).isEqualTo(200);
    cluster.fails(ErrorCode.INPUT_MISMATCH, "no");
    assertError(post(INFER, REQUEST), 400, "no");
    cluster.fails(ErrorCode.MODEL_NOT_FOUND, "nobody");
    assertError(post("/v2/models/tenant02/infer", REQUEST), 404, "nobody");
    JsonNode model = get("/v2/models/tenant01/stats").json().path("model_stats").path(0);
    assertThat(model.path("name").asText()).isEqualTo("tenant01");
    assertThat(model.path("version").asText()).isEqualTo("3");
    assertThat(model.path("inference_count").asInt()).isEqualTo(4);
    assertThat(model.path("execution_count").asInt()).isEqualTo(2);
    assertThat(model.path("last_inference").asLong()).isPositive();
    JsonNode phases = model.path("inference_stats");
    assertThat(phases.path("success").path("count").asInt()).isEqualTo(2);
    assertThat(phases.path("success").path("ns").asLong()).isPositive();
    assertThat(phases.path("fail").path("count").asInt()).isEqualTo(1);
    assertThat(get("/v2/models/stats").json().path("model_stats")).hasSize(1);
  }

  @Test
  void theRepositoryListsWhatThereIs() {
    for (String body : List.of("", "{}", "{\"ready\":true}", "{\"ready\":null}")) {
      assertThat(send("POST", "/v2/repository/index", Map.of(), body).json())
          .isEqualTo(
              json(
                  "[{\"name\":\"tenant01\",\"version\":\"3\",\"state\":\"READY\",\"reason\":\"\"}]"));
    }
    assertError(send("POST", "/v2/repository/index", Map.of(), "[]"), 400, "object");
    assertError(send("POST", "/v2/repository/index", Map.of(), "{\"ready\":1}"), 400, "true or");
    assertThat(get("/v2/models").json()).isEqualTo(json("{\"models\":[\"tenant01\"]}"));
  }

  @Test
  void aLoadAsksTheModelForOneRow() {
    edge = edge(OpenGate.with(AdminToken.from(Environment.empty().with(Setting.ADMIN_TOKEN, "s"))));
    String load = "/v2/repository/models/tenant01/load";
    assertError(post(load, "{}"), 401, "token");
    assertThat(asked).isEmpty();
    Map<String, String> token = Map.of("authorization", "Bearer s");
    assertThat(send("POST", load, token, "").json())
        .isEqualTo(json("{\"name\":\"tenant01\",\"version\":\"3\",\"load\":true}"));
    assertThat(asked).hasSize(1);
    assertError(send("POST", load, token, "{\"parameters\":{\"config\":\"{}\"}}"), 400, "publish");
    assertError(send("POST", "/v2/repository/models/nobody/load", token, ""), 404, "nobody");
    assertError(
        send("POST", "/v2/repository/models/tenant01/unload", token, "{}"), 400, "placement");
    assertError(send("POST", "/v2/repository/models/nobody/unload", token, "{}"), 404, "nobody");
  }

  /** What clients of scikit-learn servers send, where the setting takes it. */
  @Test
  void theOnlyInputMayHaveAnyName() {
    Gate gate = OpenGate.with(AdminToken.from(Environment.empty()));
    edge = edge(stores, gate, Environment.empty().with(Setting.INPUT_NAMES, "any"));
    assertThat(post(INFER, REQUEST.replace("\"x\"", "\"input-0\"")).status()).isEqualTo(200);
    assertThat(asked.get(0).form()).isEqualTo(Rows.Form.ANY_INPUT);
  }

  @Test
  void tooMuchIsTooLarge() {
    dispatcher.reconfigure("{\"max_rows\": 1}");
    assertError(post(INFER, REQUEST), 413, "at most 1 rows");
  }
}
