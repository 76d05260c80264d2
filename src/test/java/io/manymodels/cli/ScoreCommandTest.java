package io.manymodels.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScoreCommandTest {
  private static final String ANSWER = "{\"deployment\":\"Deployment1\",\"prediction\":[7]}";

  private final AtomicReference<String> asked = new AtomicReference<>("");
  private HttpServer server;
  private volatile int status = 200;
  private volatile String answer = ANSWER;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/score",
        exchange -> {
          asked.set(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          byte[] bytes = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private CommandRun score(String rows) {
    return CommandRun.of(Map.of("MANY_MODELS_URL", url() + "/"), "score", "t1", rows);
  }

  @Test
  void theAnswerIsPrintedAsItCame() {
    CommandRun run = score("[[5.10, 3e2]]");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo(ANSWER + "\n");
    assertThat(asked.get()).contains("\"tenant\":\"t1\"").endsWith("\"data\":[[5.10, 3e2]]}");
    assertThat(CommandRun.of(Map.of(), "score", "t1", "[[1]]", "--url", url()).exitCode()).isZero();
  }

  @Test
  void aProblemIsOneLine() {
    status = 422;
    answer =
        "{\"title\":\"The model does not take these rows\",\"detail\":\"wrong width\","
            + "\"errors\":[{\"pointer\":\"/data/0\",\"detail\":\"expected 4 numbers, got 1\"}]}";
    score("[[1]]")
        .assertFailed(
            1,
            "scoring t1 was answered 422: The model does not take these rows; wrong width;"
                + " /data/0: expected 4 numbers, got 1");
    answer = "a proxy says\nno " + "x".repeat(1_000);
    CommandRun other = score("[[1]]");
    other.assertFailed(1, "answered 422: a proxy says no xxx");
    assertThat(other.err()).hasSizeLessThan(400);
  }

  @Test
  void wrongUseIsOneLineAndExitCode2() throws IOException {
    CommandRun.of(Map.of(), "score", "t1").assertFailed(2, "ROWS");
    score("[[1]],\"tenant\":\"t2\"").assertFailed(2, "ROWS");
    score("[[").assertFailed(2, "ROWS '[[': is not JSON");
    CommandRun.of(Map.of(), "score", "t1", "[[1]]", "--url", "here")
        .assertFailed(2, "--url 'here': expected an http or https URL");
    CommandRun.of(Map.of("MANY_MODELS_URL", "here"), "score", "t1", "[[1]]")
        .assertFailed(2, "MANY_MODELS_URL");
    assertThat(asked.get()).isEmpty();
  }

  @Test
  void nobodyThereIsOneLine() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    CommandRun.of(Map.of(), "score", "t1", "[[1]]", "--url", "http://127.0.0.1:" + free)
        .assertFailed(1, "http://127.0.0.1:" + free + "/score does not answer", "is it up?");
  }
}
