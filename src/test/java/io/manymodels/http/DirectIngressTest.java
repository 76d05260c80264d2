package io.manymodels.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.Placement;
import io.manymodels.tensor.Prediction;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeCluster;
import io.manymodels.testing.Tenants;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Dispatcher's own port, by real sockets, before a cluster that answers as a test says. */
class DirectIngressTest extends DirectFixture {

  @Test
  void oneConnectionServesManyRequests() throws IOException {
    try (Client client = new Client()) {
      for (int i = 0; i < 3; i++) {
        Answer answer = client.write(post("/score", ROWS, "x-request-id: mine-" + i)).read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("model").asText()).isEqualTo("tenant01");
        assertThat(answer.json().path("prediction").toString()).isEqualTo("[7,7]");
        assertThat(answer.headers())
            .containsEntry("x-request-id", "mine-" + i)
            .containsEntry("content-type", "application/json")
            .containsKey("date")
            .doesNotContainKey("connection");
      }
    }
  }

  @Test
  void requestsSentTogetherAreAnsweredInTheirOrder() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      all.append(post("/score", ROWS, "x-request-id: r" + i));
      all.append(get("/nowhere" + i));
    }
    try (Client client = new Client()) {
      client.write(all.toString());
      for (int i = 0; i < 60; i++) {
        assertThat(client.read().headers()).containsEntry("x-request-id", "r" + i);
        assertProblem(client.read(), 404, "not-found");
      }
    }
  }

  /** Wherever the network cuts it. */
  @Test
  void aRequestMayComeInAnyPieces() throws IOException {
    Random random = new Random(7);
    String request = post("/score", ROWS, "expect: 100-continue") + post("/score", "[");
    for (int pass = 0; pass < 30; pass++) {
      try (Client client = new Client()) {
        for (int from = 0; from < request.length(); ) {
          int to = Math.min(request.length(), from + 1 + random.nextInt(60));
          client.write(request.substring(from, to));
          from = to;
        }
        assertThat(client.read().status()).isEqualTo(100);
        assertThat(client.read().status()).isEqualTo(200);
        assertProblem(client.read(), 400, "invalid-input");
      }
    }
  }

  @Test
  void aChunkedBodyIsABody() throws IOException {
    String head =
        String.join(
            "\r\n",
            "POST /score HTTP/1.1",
            "host: h",
            "transfer-encoding: chunked",
            "content-type: application/json",
            "",
            "");
    String half = ROWS.substring(0, 20);
    String rest = ROWS.substring(20);
    String chunks =
        Integer.toHexString(half.length())
            + "\r\n"
            + half
            + "\r\n"
            + Integer.toHexString(rest.length())
            + "\r\n"
            + rest
            + "\r\n0\r\n\r\n";
    assertThat(ask(head + chunks).status()).isEqualTo(200);
  }

  @Test
  void aBodyThatSaysItIsTooLongIsRefusedBeforeItComes() throws IOException {
    dispatcher.reconfigure("{\"max_body_bytes\":1000}");
    try (Client client = new Client()) {
      client.write("POST /score HTTP/1.1\r\nhost: h\r\ncontent-length: 1001\r\n\r\n");
      Answer answer = client.read();
      assertProblem(answer, 413, "payload-too-large");
      assertThat(answer.json().path("detail").asText()).contains("1000 bytes");
      assertThat(answer.headers()).containsEntry("connection", "close");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void aBodyThatBecomesTooLongIsRefused() throws IOException {
    dispatcher.reconfigure("{\"max_body_bytes\":1000}");
    String head = "POST /score HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n";
    assertProblem(
        ask(head + "3e9\r\n" + "x".repeat(1001) + "\r\n0\r\n\r\n"), 413, "payload-too-large");
  }

  @Test
  void aHeadThatIsTooLongIsRefused() throws IOException {
    String token = "authorization: Bearer " + "x".repeat(1 << 20);
    Answer ours = ask("POST /score HTTP/1.1\r\nhost: h\r\n" + token + "\r\n\r\n");
    assertProblem(ours, 431, "headers-too-large");
    assertThat(ours.json().path("detail").asText()).contains("32768 bytes");
    assertProblem(ask("GET /" + "x".repeat(9_000) + " HTTP/1.1\r\n\r\n"), 431, "headers-too-large");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST /score HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "POST /score HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "\u0000\u0001\u0002\r\n\r\n"
      })
  void whatIsNotHttpIsRefusedAndTheConnectionEnds(String bytes) throws IOException {
    try (Client client = new Client()) {
      client.write(bytes);
      Answer answer = client.read();
      assertProblem(answer, 400, "invalid-input");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void aBodyMustBeUtf8() throws IOException {
    byte[] bad = ROWS.replace("tenant01", "ten\u00e4nt").getBytes(ISO_8859_1);
    try (Client client = new Client()) {
      client.write("POST /score HTTP/1.1\r\nhost: h\r\ncontent-length: " + bad.length + "\r\n\r\n");
      client.out.write(bad);
      client.out.flush();
      Answer answer = client.read();
      assertProblem(answer, 400, "invalid-input");
      assertThat(answer.json().path("detail").asText()).isEqualTo("the body is not UTF-8");
    }
    assertProblem(ask(post("/score", "\uFEFF" + ROWS)), 400, "invalid-input");
    assertProblem(ask(post("/score", "\u0000{\u0000}")), 400, "invalid-input");
  }

  @Test
  void aHeadHasNoBody() throws IOException {
    try (Client client = new Client()) {
      Answer head = client.write("HEAD /deployment_map HTTP/1.1\r\nhost: h\r\n\r\n").read(true);
      assertThat(head.status()).isEqualTo(200);
      Answer full = client.write(get("/deployment_map")).read();
      assertThat(head.headers()).containsEntry("content-length", "" + full.body().length());
    }
  }

  @Test
  void otherMethodsAreTold() throws IOException {
    Answer answer = ask(get("/score"));
    assertProblem(answer, 405, "method-not-allowed");
    assertThat(answer.headers()).containsEntry("allow", "POST");
  }

  @Test
  void aClientOfTheOldVersionIsClosed() throws IOException {
    try (Client client = new Client()) {
      client.write("GET /deployment_map HTTP/1.0\r\n\r\n");
      assertThat(client.read().headers()).containsEntry("connection", "close");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void healthAndReadinessAreTold() throws IOException {
    assertThat(ask(get("/-/healthz")).status()).isEqualTo(200);
    assertProblem(ask(get("/-/ready")), 503, "no-replica");
    cluster.publish(1, Map.of(Tenants.tenant(1), new Placement("Deployment1", false)));
    Eventually.holds("it has a table", () -> dispatcher.table().value().size() == 1);
    assertThat(ask(get("/-/ready")).status()).isEqualTo(200);
    assertProblem(ask(get("/-/nothing")), 404, "not-found");
  }

  @Test
  void aFailureOfTheModelIsAProblem() throws IOException {
    cluster.fails(ErrorCode.LOAD_FAILED, "model tenant01/3: broken");
    assertProblem(ask(post("/score", ROWS)), 502, "load-failed");
  }

  @Test
  void whatIsUnderWayIsAnsweredBeforeTheEnd() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    cluster.predicts(
        "Deploymentx",
        request -> {
          asked.countDown();
          try {
            assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new ServingException(ErrorCode.INTERNAL, "interrupted", e);
          }
          return FakeCluster.predicted(request, Prediction.of(new long[] {7, 7}, 1));
        });
    try (Client client = new Client();
        Client idle = new Client()) {
      assertThat(idle.write(get("/-/healthz")).read().status()).isEqualTo(200);
      client.write(post("/score", ROWS));
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      CompletableFuture<Void> drained =
          CompletableFuture.runAsync(() -> ingress.drain(Draining.REPLICA));
      Eventually.holds("it drains", ingress::draining);
      go.countDown();
      Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers()).containsEntry("connection", "close");
      assertThat(client.isClosed()).isTrue();
      Answer last = idle.write(get("/-/ready")).read();
      assertThat(last.status()).isEqualTo(503);
      assertThat(last.headers()).containsEntry("connection", "close");
      drained.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void theEnvironmentNamesThePort() {
    assertThat(DirectAddress.from(Environment.empty(), () -> "h")).isEmpty();
    assertThat(DirectAddress.from(Environment.empty().with(Setting.DIRECT_PORT, ""), () -> "h"))
        .isEmpty();
    assertThat(DirectAddress.from(Environment.empty().with(Setting.DIRECT_PORT, "8001"), () -> "h"))
        .contains(new DirectAddress("h", 8001, Duration.ofSeconds(200)));
    assertThat(
            DirectAddress.from(
                Environment.empty()
                    .with(Setting.DIRECT_PORT, "0")
                    .with(Setting.DIRECT_HOST, "127.0.0.1"),
                () -> "h"))
        .contains(new DirectAddress("127.0.0.1", 0, Duration.ofSeconds(200)));
    for (String bad : List.of("x", "-1", "65536", "80.1")) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(
              () ->
                  DirectAddress.from(Environment.empty().with(Setting.DIRECT_PORT, bad), () -> "h"))
          .withMessageContaining(bad);
    }
  }
}
