package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.HttpCase;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The requests that both ports answer alike, over the direct port. */
class DirectContractTest extends DirectFixture {
  static Stream<HttpCase> cases() {
    return HttpCase.all(ROWS);
  }

  private void check(HttpCase request, boolean chunked, boolean halfClosed) throws IOException {
    try (Client client = new Client()) {
      client.write(new String(request.bytes(chunked), UTF_8));
      if (halfClosed) {
        client.socket.shutdownOutput();
      }
      boolean head = request.line().startsWith("HEAD ");
      Answer answer = client.read(head);
      if (request.problem().isEmpty() || head) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(request.status());
      } else {
        assertProblem(answer, request.status(), request.problem());
      }
      assertThat(answer.headers()).containsEntry("connection", "close");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRequestIsAnswered(HttpCase request) throws IOException {
    check(request, false, false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRequestInChunksIsAnswered(HttpCase request) throws IOException {
    check(request, true, false);
  }

  /** As {@code nc -N} and some relays do. */
  @ParameterizedTest
  @MethodSource("cases")
  void aClientThatHasShutItsSideIsAnswered(HttpCase request) throws IOException {
    check(request, false, true);
  }
}
