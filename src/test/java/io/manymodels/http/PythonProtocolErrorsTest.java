package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.Violation;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures by KServe V1, MLflow and Azure ML, each in the form of its servers. */
class PythonProtocolErrorsTest extends IngressFixture {
  private static final String V1 = "/v1/models/tenant01:predict";
  private static final String MLFLOW = "/models/tenant01/invocations";
  private static final String DATABRICKS = "/serving-endpoints/tenant01/invocations";
  private static final String AZURE = "/models/tenant01/score";

  @ParameterizedTest
  @CsvSource({
    "INVALID_INPUT, 400, BAD_REQUEST",
    "INPUT_MISMATCH, 400, BAD_REQUEST",
    "MODEL_NOT_FOUND, 404, RESOURCE_DOES_NOT_EXIST",
    "PAYLOAD_TOO_LARGE, 413, BAD_REQUEST",
    "TENANT_OVER_SHARE, 429, REQUEST_LIMIT_EXCEEDED",
    "LOAD_FAILED, 502, INTERNAL_ERROR",
    "OVERLOADED, 503, TEMPORARILY_UNAVAILABLE",
    "STORE_UNAVAILABLE, 503, TEMPORARILY_UNAVAILABLE",
    "DEADLINE_EXCEEDED, 504, DEADLINE_EXCEEDED"
  })
  void failuresHaveTheFormOfTheProtocol(ErrorCode code, int status, String mlflow) {
    cluster.fails(code, "because");

    JsonNode v1 = failed(post(V1, "{\"instances\":[[1,2]]}"), status);
    assertThat(v1.path("error").asText()).isEqualTo("because");
    assertThat(v1).hasSize(1);
    for (String path : List.of(MLFLOW, DATABRICKS)) {
      JsonNode problem = failed(post(path, "{\"inputs\":[[1,2]]}"), status);
      assertThat(problem.path("error_code").asText()).isEqualTo(mlflow);
      assertThat(problem.path("message").asText()).isEqualTo("because");
    }
    JsonNode azure = failed(post(AZURE, "{\"input_data\":[[1,2]]}"), status);
    assertThat(azure.path("message").asText()).isEqualTo("because");
  }

  private static JsonNode failed(Answer answer, int status) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
    assertThat(answer.head().path("t").asText()).isEqualTo("application/json");
    boolean later = status == 429 || status == 503;
    assertThat(answer.header("retry-after")).isEqualTo(later ? "1" : "");
    return answer.json();
  }

  @Test
  void aDefectIsToldWithoutDetails() {
    cluster.predicts(
        "Deploymentx",
        request -> {
          throw new IllegalStateException("secret");
        });
    Answer answer = post(V1, "{\"instances\":[[1,2]]}");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a%2Fb", "a/b", "", "..", "%2e%2e", "a b", ".a"})
  void whatIsNoNameIsAModelThatIsNotThere(String name) {
    for (String after : List.of("/invocations", "/score")) {
      Answer answer = post("/models/" + name + after, "{\"inputs\":[[1,2]]}");
      assertThat(failed(answer, 404).path("message").asText()).startsWith("there is no model");
    }
    Answer ping = send("GET", "/models/" + name + "/ping", Map.of(), "");
    assertThat(failed(ping, 404).path("error_code").asText()).isEqualTo("RESOURCE_DOES_NOT_EXIST");
  }

  @ParameterizedTest
  @CsvSource({
    "application/json; charset=utf-8, 200",
    "application/json; charset=latin-1, 415",
    "application/json; format=pandas-split, 415",
    "text/csv; header=present, 415"
  })
  void mlflowTakesNoParameterButTheCharset(String type, int status) {
    Answer answer = send("POST", MLFLOW, Map.of("content-type", type), "{\"inputs\":[[1,2]]}");
    assertThat(answer.status()).isEqualTo(status);
    String form = status == 200 ? "application/json" : "text/plain; charset=utf-8";
    assertThat(answer.head().path("t").asText()).isEqualTo(form);
  }

  @Test
  void azureMlRepeatsTheIdThatItsClientGave() {
    String header = "x-ms-client-request-id";
    for (String body : List.of("{\"input_data\":[[1,2]]}", "{}")) {
      assertThat(send("POST", AZURE, Map.of(header, "my id-1"), body).header(header))
          .isEqualTo("my id-1");
      assertThat(send("POST", AZURE, Map.of(), body).header(header)).isEmpty();
      assertThat(send("POST", AZURE, Map.of(header, "\u00e9"), body).header(header)).isEmpty();
    }
    Answer tooLong = send("POST", AZURE, Map.of(header, "x".repeat(101)), "{}");
    assertThat(failed(tooLong, 431).path("message").asText()).contains("100 characters");
    assertThat(tooLong.header(header)).isEmpty();
  }

  /** The place is the one in the client's body, not the one by which the model tells it. */
  @Test
  void whatAModelRefusesIsToldByItsPlaceInTheBody() {
    cluster.fails(
        ErrorCode.INPUT_MISMATCH,
        "no such rows: /data/0/1: too large",
        new Violation("/data/0/1", "too large"));
    assertThat(post(V1, "{\"instances\":[[1,2]]}").body()).contains(": /instances/0/1: too large");
    assertThat(post(MLFLOW, "{\"dataframe_split\":{\"data\":[[1,2]]}}").body())
        .contains(": /dataframe_split/data/0/1: too large");
    assertThat(post(AZURE, "{\"input_data\":{\"columns\":[\"a\",\"b\"],\"data\":[[1,2]]}}").body())
        .contains(": /input_data/data/0/1: too large");
  }

  @Test
  void predictionsHaveTheFormOfTheProtocol() {
    assertThat(post(V1, "{\"instances\":[[1,2],[3,4]]}").body())
        .isEqualTo("{\"predictions\":[7,7]}");
    assertThat(post(MLFLOW, "{\"dataframe_records\":[{\"a\":1}]}").body())
        .isEqualTo("{\"predictions\":[7]}");
    assertThat(post(AZURE, "{\"input_data\":[[1,2],[3,4]]}").body()).isEqualTo("[7,7]");
    Map<String, String> csv = Map.of("content-type", "text/csv");
    assertThat(send("POST", MLFLOW, csv, "a,b\n1,x\n").body()).isEqualTo("{\"predictions\":[7]}");
  }
}
