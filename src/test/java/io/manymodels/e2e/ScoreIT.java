package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** POST /score of right requests, compared with what scikit-learn predicted for the same rows. */
class ScoreIT {
  private static final List<String> DEPLOYMENTS =
      IntStream.rangeClosed(1, 11)
          .mapToObj(i -> i == 11 ? "Deploymentx" : "Deployment" + i)
          .toList();

  private final Application application = Application.of(getClass());

  static List<String> tenants() {
    return Expected.tenants();
  }

  @Test
  void thirtyTenantsAreKnown() {
    assertThat(Expected.tenants())
        .hasSize(30)
        .allSatisfy(t -> assertThat(Expected.rows(t)).hasSize(20));
  }

  @ParameterizedTest
  @MethodSource("tenants")
  void answersAsScikitLearn(String tenant) {
    Answer answer = application.score(tenant, Expected.rows(tenant));

    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(answer.header("content-type")).hasValue("application/json");
    JsonNode json = answer.json();
    assertThat(Expected.complaint(tenant, json)).isEmpty();
    assertThat(json.path("deployment").asText()).isIn(DEPLOYMENTS);
    assertThat(json.path("version").isInt()).isTrue();
    assertThat(Application.texts(json.path("deployment_map")).values())
        .isNotEmpty()
        .allMatch(deployment -> deployment.matches("deployment([1-9]|10)"))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("tenants")
  void oneRowHasOnePrediction(String tenant) {
    JsonNode answer = application.score(tenant, Expected.row(tenant, 7)).ok();

    assertThat(Expected.complaint(tenant, answer, 7)).isEmpty();
    assertThat(answer.path("prediction")).hasSize(1);
  }

  /** The form of a prediction follows the model's output. */
  @ParameterizedTest
  @MethodSource("tenants")
  void predictionsHaveTheFormOfTheModel(String tenant) {
    JsonNode predictions = application.score(tenant, Expected.rows(tenant)).ok().path("prediction");

    String type = Expected.tenant(tenant).path("prediction_type").asText();
    assertThat(predictions)
        .hasSize(20)
        .allMatch(
            prediction ->
                switch (type) {
                  case "integer" -> prediction.isIntegralNumber();
                  case "number" -> prediction.isNumber();
                  case "string" -> prediction.isTextual();
                  case "numbers" ->
                      prediction.isArray()
                          && prediction.size() == 2
                          && prediction.get(0).isNumber();
                  default -> throw new AssertionError("unknown type " + type);
                },
            type);
  }

  @Test
  void theMapInAnAnswerIsTheOneThatRoutedIt() {
    for (String tenant : Expected.tenants()) {
      JsonNode answer = application.score(tenant, Expected.row(tenant, 0)).ok();

      String placed =
          Application.texts(answer.path("deployment_map")).getOrDefault(tenant, "deploymentx");
      assertThat(answer.path("deployment").asText()).isEqualToIgnoringCase(placed);
    }
  }

  /** A key that is passed over may be one that the caller relies on. */
  @Test
  void unknownKeysAreRefusedByName() {
    ObjectNode request = Answer.JSON.createObjectNode();
    request.set("explain", Answer.JSON.createObjectNode().put("how", "fully"));
    request.put("tenant", "tenant1").set("data", Expected.rows("tenant1"));
    request.putArray("tags").add(1);

    Answer answer = application.postJson("/score", request.toString());

    Problems.check(application, answer, 400, "invalid-input");
    assertThat(answer.body()).contains("'explain'", "'tags'", "tenant, data, columns");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json; charset=utf-8", "Application/JSON", "application/json ;x=1"})
  void contentTypesOfJsonAreTaken(String contentType) {
    String body = " \n{\"tenant\" : \"tenant1\",\t\"data\":\r\n[[5, 3.5e0, 14e-1, 0.2]] } \n";

    Answer answer =
        application.send(
            application
                .request("/score")
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofString(body)));

    assertThat(answer.ok().path("prediction")).hasSize(1);
  }

  @Test
  void withoutContentTypeTheBodyIsJson() {
    String body = "{\"tenant\":\"tenant1\",\"data\":[[5.1,3.5,1.4,0.2]]}";

    Answer answer =
        application.send(application.request("/score").POST(BodyPublishers.ofString(body)));

    assertThat(answer.ok().path("prediction").get(0).asInt()).isZero();
  }

  @Test
  void aQueryStringChangesNothing() {
    Answer answer =
        application.send(
            application.jsonRequest(
                "/score?tenant=tenant2&x=%00",
                "{\"tenant\":\"tenant1\",\"data\":[[5.1,3.5,1.4,0.2]]}"));

    assertThat(answer.ok().path("model").asText()).isEqualTo("tenant1");
  }

  @Test
  void aBodyInChunksIsTaken() {
    byte[] body =
        "16\r\n{\"tenant\":\"tenant1\",\"d\r\n1b\r\nata\":[[5.1,3.5,1.4,0.2]]  }\r\n0\r\n\r\n"
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    Answer answer =
        RawHttp.exchange(
            application.base(),
            RawHttp.request("POST /score", "Transfer-Encoding: chunked\r\n", body));

    assertThat(answer.ok().path("prediction").get(0).asInt()).isZero();
  }

  @Test
  void thousandsOfRowsAreAnsweredInTheirOrder() {
    JsonNode rows = Expected.rows("tenant2");
    var many = Answer.JSON.createArrayNode();
    for (int i = 0; i < 5_000; i++) {
      many.add(rows.get(i % rows.size()));
    }

    JsonNode predictions = application.score("tenant2", many).ok().path("prediction");

    JsonNode expected = Expected.tenant("tenant2").path("predictions");
    assertThat(predictions).hasSize(5_000);
    for (int i = 0; i < 5_000; i++) {
      assertThat(predictions.get(i)).isEqualTo(expected.get(i % expected.size()));
    }
  }
}
