package io.manymodels.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The headers that a client may send: its deadline and its name for the request. */
class RequestHeadersIT {
  private static final String GOOD = "{\"tenant\":\"tenant1\",\"data\":[[5.1,3.5,1.4,0.2]]}";

  private final Application application = Application.of(getClass());

  @ParameterizedTest
  @ValueSource(strings = {"1", "000001"})
  void aDeadlineThatCannotBeMetIs504(String millis) {
    Answer answer =
        application.send(
            application
                .scoreRequest("tenant2", Expected.manyRows("tenant2", 10_000))
                .header("X-Request-Timeout-Ms", millis));

    Problems.check(application, answer, 504, "deadline-exceeded");
    assertThat(application.postJson("/score", GOOD).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10000", "99999999", "999999999999999999", "0005000"})
  void aLongDeadlineIsCapped(String millis) {
    Answer answer =
        application.send(
            application.jsonRequest("/score", GOOD).header("X-Request-Timeout-Ms", millis));

    assertThat(answer.ok().path("model").asText()).isEqualTo("tenant1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "A.b_c-9", "0"})
  void aSaneRequestIdComesBack(String id) {
    Answer good =
        application.send(application.jsonRequest("/score", GOOD).header("X-Request-Id", id));
    Answer bad =
        application.send(application.jsonRequest("/score", "{").header("X-Request-Id", id));

    assertThat(good.header("x-request-id")).hasValue(id);
    assertThat(bad.header("x-request-id")).hasValue(id);
    Problems.check(application, bad, 400, "invalid-input");
  }

  static Stream<String> insaneRequestIds() {
    return Stream.of("a b", "<script>", "a/b", "\u00e9", "a\tb", "x".repeat(129), "a;b", "{}", "");
  }

  @ParameterizedTest
  @MethodSource("insaneRequestIds")
  void anotherRequestIdIsReplaced(String id) {
    Answer answer =
        RawHttp.exchange(
            application.base(),
            RawHttp.request(
                "POST /score",
                "X-Request-Id: " + id + "\r\nContent-Length: 1\r\n",
                "{".getBytes(UTF_8)));

    Problems.check(application, answer, 400, "invalid-input");
    assertThat(answer.header("x-request-id")).get().asString().matches("[0-9a-f]{32}");
  }

  @Test
  void requestsWithoutIdGetDifferentOnes() {
    List<String> ids =
        IntStream.range(0, 5)
            .mapToObj(i -> application.postJson("/score", GOOD).header("x-request-id").orElse(""))
            .toList();

    assertThat(ids).allMatch(id -> id.matches("[0-9a-f]{32}")).doesNotHaveDuplicates();
  }
}
