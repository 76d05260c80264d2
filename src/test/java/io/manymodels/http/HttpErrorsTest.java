package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.access.AdminToken;
import io.manymodels.access.OpenGate;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.routing.PredictReply.NotHere;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every row of the contract's table of errors. */
class HttpErrorsTest extends IngressFixture {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []                          | expected an object with the keys tenant and data
          {'data':[[1]]}              | /tenant: the key tenant is missing
          {'tenant':'a'}              | /data: the key data is missing
          {'tenant':7,'data':[[1]]}   | /tenant: expected a string, got a number
          {'tenant':'a','data':[]}    | /data: expected at least one row
          {'tenant':'a','data':[[{}]]} | /data/0/0: expected a number, a string, a boolean or null, got an object
          {'tenant':'.a','data':[[1]]} | /tenant: a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot
          """)
  void wrongBodiesAre400(String body, String detail) {
    assertProblem(post("/score", body.replace('\'', '"')), 400, "invalid-input", detail);
  }

  @Test
  void a400PointsToThePlace() {
    JsonNode problem =
        assertProblem(
            post("/score", "{\"tenant\":\"a\",\"data\":[[1],null]}"),
            400,
            "invalid-input",
            "/data/1: expected an array of cells, got null");
    assertThat(problem.path("errors").path(0).path("pointer").asText()).isEqualTo("/data/1");
  }

  @Test
  void aBodyThatIsNotUtf8Is400() {
    String head =
        "{\"m\":\"POST\",\"p\":\"/score\",\"q\":\"\",\"h\":{},\"id\":\"request-1\",\"t\":0,"
            + "\"e\":\"b64\"}";
    Answer answer = Answer.of(edge.answer("\u0001" + head + "\n/w=="));
    assertProblem(answer, 400, "invalid-input", "the body is not UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-5", "x", "1.5", "", "١"})
  void aTimeoutThatIsNoTimeIs400(String timeout) {
    assertProblem(
        send("POST", "/score", Map.of("x-request-timeout-ms", timeout), ROWS),
        400,
        "invalid-input",
        "X-Request-Timeout-Ms: expected a positive whole number");
  }

  @Test
  void aWrongMappingIs400() {
    assertProblem(
        post("/update_dedicated_pool", "{\"mapping\":[]}"),
        400,
        "invalid-input",
        "/mapping: expected an object of tenant to deployment");
  }

  @Test
  void anAdminCallWithoutTheTokenIs401AndWithAWrongOne403() {
    edge =
        edge(
            OpenGate.with(
                AdminToken.from(Environment.empty().with(Setting.ADMIN_TOKEN, "secret"))));
    assertProblem(
        post("/update_dedicated_pool", POOL),
        401,
        "unauthenticated",
        "this call needs the header Authorization: Bearer <token>");
    assertProblem(
        send("POST", "/update_dedicated_pool", Map.of("authorization", "Bearer wrong"), POOL),
        403,
        "forbidden",
        "the token is not the one configured here");
    assertThat(cluster.pool()).isEmpty();
    Answer taken =
        send("POST", "/update_dedicated_pool", Map.of("authorization", "Bearer secret"), POOL);
    assertThat(taken.status()).isEqualTo(200);
    assertThat(post("/score", ROWS).status()).as("no admin call").isEqualTo(200);
  }

  /** RFC 9110, section 15.5.2: a 401 says how to authenticate. */
  @Test
  void a401NamesTheScheme() {
    edge = edge(OpenGate.with(AdminToken.from(Environment.empty().with(Setting.ADMIN_TOKEN, "x"))));
    assertThat(post("/update_dedicated_pool", POOL).header("www-authenticate")).isEqualTo("Bearer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/score/", "/Score", "/score/x", "/../status", "/admin"})
  void anUnknownPathIs404(String path) {
    assertProblem(post(path, ROWS), 404, "not-found", "there is nothing at this path");
  }

  @Test
  void aTenantWithoutAModelIs404() {
    cluster.fails(ErrorCode.MODEL_NOT_FOUND, "tenant 'tenant01' has no model");
    assertProblem(post("/score", ROWS), 404, "model-not-found", "tenant 'tenant01' has no model");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /score, POST",
    "PUT, /score, POST",
    "DELETE, /update_dedicated_pool, POST",
    "POST, /deployment_map, 'GET, HEAD'",
    "POST, /status, 'GET, HEAD'",
    "POST, /metrics, 'GET, HEAD'",
    "post, /score, POST",
  })
  void aWrongMethodIs405WithAllow(String method, String path, String allow) {
    Answer answer = send(method, path, Map.of(), ROWS);
    assertProblem(answer, 405, "method-not-allowed", "this path takes " + allow);
    assertThat(answer.header("allow")).isEqualTo(allow);
  }

  @Test
  void tooMuchIs413WithTheLimit() {
    dispatcher.reconfigure("{\"max_body_bytes\":60,\"max_rows\":2,\"max_values\":3}");
    assertProblem(
        post("/score", "{\"tenant\":\"a\",\"data\":[[1]]}" + " ".repeat(60)),
        413,
        "payload-too-large",
        "the request body is longer than 60 bytes");
    assertProblem(
        post("/score", "{\"tenant\":\"a\",\"data\":[[1],[1],[1]]}"),
        413,
        "payload-too-large",
        "a request has at most 2 rows");
    assertProblem(
        post("/score", "{\"tenant\":\"a\",\"data\":[[1,1],[1,1]]}"),
        413,
        "payload-too-large",
        "a request has at most 3 numbers and other values");
    String umlauts = "{\"tenant\":\"a\",\"data\":[[1]],\"x\":\"" + "ä".repeat(20) + "\"}";
    assertThat(umlauts).hasSizeLessThan(60);
    assertThat(umlauts.getBytes(UTF_8)).hasSizeGreaterThan(60);
    assertThat(post("/score", umlauts).status()).as("bytes count").isEqualTo(413);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "text/plain, -, the content type must be application/json",
        "application/jsonx, -, the content type must be application/json",
        "'', -, the content type is empty",
        "application/json, gzip, the body must not be compressed",
      })
  void anotherContentTypeIs415(String type, String encoding, String detail) {
    Map<String, String> headers = new TreeMap<>(Map.of("content-type", type));
    if (encoding != null) {
      headers.put("content-encoding", encoding);
    }
    assertProblem(send("POST", "/score", headers, ROWS), 415, "unsupported-media-type", detail);
  }

  @Test
  void rowsThatTheModelDoesNotTakeAre422() {
    cluster.fails(
        ErrorCode.INPUT_MISMATCH,
        "the model of tenant 'tenant01' takes another number of columns",
        new Violation("/data/0", "expected 4 numbers, got 2"));
    JsonNode problem =
        assertProblem(
            post("/score", ROWS),
            422,
            "input-mismatch",
            "the model of tenant 'tenant01' takes another number of columns");
    assertThat(problem.path("errors").toString())
        .isEqualTo("[{\"pointer\":\"/data/0\",\"detail\":\"expected 4 numbers, got 2\"}]");
    assertProblem(
        post("/score", "{\"tenant\":\"a\",\"records\":[{\"x\":1},{\"y\":1}]}"),
        422,
        "input-mismatch",
        "/records/1/y: the first row has no column of this name; it has 'x'");
  }

  @Test
  void aPoolThatCannotBeIs422WithEveryWrongName() {
    cluster.refusesPool(
        new ServingException(
            ErrorCode.DEDICATED_POOL_REFUSED,
            "the mapping was not applied",
            List.of(
                new Violation("/mapping/a", "no hot deployment 'Deployment7'"),
                new Violation("/mapping/b", "tenant 'b' has no model"))));
    JsonNode problem =
        assertProblem(
            post("/update_dedicated_pool", POOL),
            422,
            "dedicated-pool-refused",
            "the mapping was not applied");
    assertThat(problem.path("errors")).hasSize(2);
  }

  @Test
  void aTenantOverItsShareIs429AndAFullDispatcher503() throws Exception {
    dispatcher.reconfigure("{\"max_in_flight\":1,\"max_in_flight_per_tenant\":1}");
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    cluster.predicts(
        "Deploymentx",
        request -> {
          begun.countDown();
          try {
            assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return new NotHere();
        });
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Answer> held = thread.submit(() -> post("/score", ROWS));
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      assertProblem(
          post("/score", ROWS), 503, "overloaded", "1 requests are under way, which is the limit");
      dispatcher.reconfigure("{\"max_in_flight\":9,\"max_in_flight_per_tenant\":1}");
      assertProblem(
          post("/score", ROWS),
          429,
          "tenant-over-share",
          "tenant 'tenant01' has 1 requests under way, its limit");
      release.countDown();
      assertThat(held.get(20, TimeUnit.SECONDS).status()).isEqualTo(500);
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void aDefectIs500WithoutDetails() {
    cluster.predicts(
        "Deploymentx",
        request -> {
          throw new IllegalStateException("/secret/path of " + request.tenant());
        });
    assertInternal(post("/score", ROWS));
    cluster.fails(ErrorCode.INTERNAL, "a secret", new Violation("/secret", "secret"));
    assertInternal(post("/score", ROWS));
    cluster.predicts(
        "Deploymentx",
        request -> {
          throw new StackOverflowError("secret");
        });
    assertInternal(post("/score", ROWS));
  }

  private static void assertInternal(Answer answer) {
    JsonNode problem =
        assertProblem(answer, 500, "internal", "the log has the details under this request id");
    assertThat(answer.body()).doesNotContain("secret", "Exception", "io.manymodels");
    assertThat(problem.has("errors")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\u0001", "\u0001{}", "\u0001{\n", "\u0001not json\nx", "\u0001{\"m\":\n"})
  void aBrokenEnvelopeIsADefectOfOurs(String envelope) {
    Answer answer = Answer.of(edge.answer(envelope));
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.json().path("instance").asText()).as("an id for the log").isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({"ARTIFACT_CORRUPT, artifact-corrupt", "LOAD_FAILED, load-failed"})
  void aModelThatCannotBeLoadedIs502(ErrorCode code, String type) {
    cluster.fails(code, "model tenant01/3: broken");
    assertProblem(post("/score", ROWS), 502, type, "model tenant01/3: broken");
  }

  @Test
  void nobodyThereIs503() {
    cluster.end("Deploymentx");
    Map<String, String> impatient =
        Map.of("content-type", "application/json", "x-request-timeout-ms", "1500");
    assertProblem(
        send("POST", "/score", impatient, ROWS),
        503,
        "no-replica",
        "no replica of Deploymentx is alive");
    cluster.sharedMemoryAway(true);
    assertProblem(get("/status"), 503, "no-replica", "no replica of SharedMemory is alive");
  }

  @Test
  void aStoreThatIsAwayIs503() {
    cluster.refusesPool(new ServingException(ErrorCode.STORE_UNAVAILABLE, "away"));
    assertProblem(post("/update_dedicated_pool", POOL), 503, "store-unavailable", "away");
  }

  @Test
  void aPassedDeadlineIs504() {
    String head =
        "{\"m\":\"POST\",\"p\":\"/score\",\"h\":{\"x-request-timeout-ms\":\"5\"},"
            + "\"id\":\"request-1\",\"t\":1}";
    assertProblem(
        Answer.of(edge.answer("\u0001" + head + "\n" + ROWS)),
        504,
        "deadline-exceeded",
        "the deadline passed before a model was asked");
    cluster.fails(ErrorCode.DEADLINE_EXCEEDED, "while the model was loading");
    assertProblem(post("/score", ROWS), 504, "deadline-exceeded", "while the model was loading");
  }
}
