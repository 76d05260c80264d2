package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTest {

  @Test
  void everyCodeHasTheStatusOfTheContract() {
    Map<ErrorCode, Integer> expected = new EnumMap<>(ErrorCode.class);
    expected.put(ErrorCode.INVALID_INPUT, 400);
    expected.put(ErrorCode.UNAUTHENTICATED, 401);
    expected.put(ErrorCode.FORBIDDEN, 403);
    expected.put(ErrorCode.NOT_FOUND, 404);
    expected.put(ErrorCode.MODEL_NOT_FOUND, 404);
    expected.put(ErrorCode.MODEL_VERSION_NOT_FOUND, 404);
    expected.put(ErrorCode.VERSION_EXISTS, 409);
    expected.put(ErrorCode.VERSION_LIVE, 409);
    expected.put(ErrorCode.METHOD_NOT_ALLOWED, 405);
    expected.put(ErrorCode.PAYLOAD_TOO_LARGE, 413);
    expected.put(ErrorCode.HEADERS_TOO_LARGE, 431);
    expected.put(ErrorCode.UNSUPPORTED_MEDIA_TYPE, 415);
    expected.put(ErrorCode.INPUT_MISMATCH, 422);
    expected.put(ErrorCode.DEDICATED_POOL_REFUSED, 422);
    expected.put(ErrorCode.TENANT_OVER_SHARE, 429);
    expected.put(ErrorCode.QUOTA_EXCEEDED, 429);
    expected.put(ErrorCode.INTERNAL, 500);
    expected.put(ErrorCode.ARTIFACT_CORRUPT, 502);
    expected.put(ErrorCode.LOAD_FAILED, 502);
    expected.put(ErrorCode.MODEL_CRASHED, 502);
    expected.put(ErrorCode.OVERLOADED, 503);
    expected.put(ErrorCode.NO_REPLICA, 503);
    expected.put(ErrorCode.STORE_UNAVAILABLE, 503);
    expected.put(ErrorCode.ISSUER_UNAVAILABLE, 503);
    expected.put(ErrorCode.DEADLINE_EXCEEDED, 504);
    Map<ErrorCode, Integer> actual = new EnumMap<>(ErrorCode.class);
    for (ErrorCode code : ErrorCode.values()) {
      actual.put(code, Problem.status(code));
    }
    assertThat(actual).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "1000, 1", "1001, 2", "90000, 90"})
  void aClientIsToldAfterHowManyWholeSecondsToTryAgain(long millis, String header) {
    ServingException used =
        new ServingException(ErrorCode.QUOTA_EXCEEDED, "why", Duration.ofMillis(millis));
    assertThat(Problem.of(used, "id").headers()).containsEntry("retry-after", header);
  }

  @ParameterizedTest
  @EnumSource
  void everyCodeIsTheSameProblemEverywhere(ErrorCode code) {
    HttpResponse response = Problem.of(new ServingException(code, "why"), "id-1");
    JsonNode body = Json.read(response.text(), JsonNode.class);
    assertThat(response.contentType()).isEqualTo("application/problem+json");
    assertThat(body.path("type").asText())
        .isEqualTo("urn:many-models:problem:" + code.wireName())
        .matches("urn:many-models:problem:[a-z]+(-[a-z]+)*");
    assertThat(body.path("title").asText()).isEqualTo(code.title());
    assertThat(body.path("status").asInt()).isEqualTo(response.status());
    assertThat(body.path("detail").asText()).isEqualTo("why");
    assertThat(body.path("instance").asText()).isEqualTo("id-1");
    assertThat(body.has("errors")).isFalse();
    boolean later = response.status() == 429 || response.status() == 503;
    assertThat(response.headers().containsKey("retry-after")).isEqualTo(later);
    assertThat(code.retryable()).isEqualTo(later || response.status() == 504);
  }

  @Test
  void namesAndTitlesDiffer() {
    assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::wireName)).doesNotHaveDuplicates();
    assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::title)).doesNotHaveDuplicates();
  }

  @Test
  void placesAndHeadersAreTold() {
    HttpResponse response =
        Problem.of(
            new ServingException(
                ErrorCode.INVALID_INPUT,
                "a \"quoted\" detail\n",
                List.of(new Violation("/a", "b"), new Violation("/c", "d"))),
            "");
    assertThat(response.headers()).isEmpty();
    assertThat(Problem.of(new MethodNotAllowedException(List.of("GET", "HEAD")), "").headers())
        .isEqualTo(Map.of("allow", "GET, HEAD"));
    assertThat(response.text())
        .isEqualTo(
            "{\"type\":\"urn:many-models:problem:invalid-input\","
                + "\"title\":\"The request is not valid\",\"status\":400,"
                + "\"detail\":\"a \\\"quoted\\\" detail\\n\","
                + "\"errors\":[{\"pointer\":\"/a\",\"detail\":\"b\"},"
                + "{\"pointer\":\"/c\",\"detail\":\"d\"}]}");
  }
}
