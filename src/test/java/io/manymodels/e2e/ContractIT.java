package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.HttpCase;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The requests that both ports answer alike, however their bodies come. */
class ContractIT {
  private static final String SCORE = "{\"tenant\":\"tenant1\",\"data\":[[5.1,3.5,1.4,0.2]]}";

  private final Application application = Application.of(getClass());

  static Stream<HttpCase> cases() {
    return HttpCase.all(SCORE);
  }

  /** Without upgrades: uvicorn hands those to a protocol that ends with its client's side. */
  static Stream<HttpCase> casesWithoutUpgrade() {
    return cases().filter(request -> !request.headers().contains("Upgrade: "));
  }

  private void check(HttpCase request, Answer answer) {
    if (request.line().startsWith("HEAD ")) {
      assertThat(answer.status()).as("%s", answer).isEqualTo(request.status());
      assertThat(answer.body()).isEmpty();
    } else if (request.problem().isEmpty()) {
      assertThat(answer.ok().path("model").asText()).isEqualTo("tenant1");
    } else {
      Problems.check(application, answer, request.status(), request.problem());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRequestIsAnswered(HttpCase request) {
    check(request, RawHttp.exchange(application.base(), request.bytes(false)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRequestInChunksIsAnswered(HttpCase request) {
    check(request, RawHttp.exchange(application.base(), request.bytes(true)));
  }

  /** As {@code nc -N} and some relays do. */
  @ParameterizedTest
  @MethodSource("casesWithoutUpgrade")
  void aClientThatHasShutItsSideIsAnswered(HttpCase request) {
    check(request, RawHttp.exchangeHalfClosed(application.base(), request.bytes(false)));
  }
}
