package io.manymodels.cli.models;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.manymodels.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands tell a running application, and what they make of its answer. */
class RefreshTest {
  @TempDir private Path folder;
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private final CountDownLatch released = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private volatile int status = 200;
  private volatile Function<String, String> answer = body -> "{}";
  private HttpServer server;
  private ModelsRun models;
  private String model;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/refresh_models",
        exchange -> {
          tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          bodies.add(body);
          byte[] bytes = answer.apply(body).getBytes(UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    models =
        new ModelsRun(folder.resolve("models"))
            .with("MANY_MODELS_URL", "http://127.0.0.1:" + server.getAddress().getPort() + "/");
    model = Files.write(folder.resolve("m.onnx"), tinyOnnx("row_sum")).toString();
  }

  @AfterEach
  void stop() {
    released.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  /** Every tenant of the request is live, in whatever version. */
  private static String allLive(String body) {
    try {
      StringBuilder models = new StringBuilder();
      for (JsonNode tenant : Json.mapper().readTree(body).path("tenants")) {
        models.append(models.isEmpty() ? "" : ",");
        models.append("{\"tenant\":").append(tenant).append(",\"state\":\"live\"}");
      }
      return "{\"models\":[" + models + "],\"more\":1}";
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String one(String members) {
    return "{\"models\":[{\"tenant\":\"t1\"," + members + "}]}";
  }

  @Test
  void aConfirmedChangeSaysSo() throws Exception {
    answer = body -> one("\"state\":\"live\",\"version\":1");
    assertThat(models.json("publish", "t1", model).path("application").toString())
        .isEqualTo("{\"state\":\"confirmed\"}");
    assertThat(bodies).containsExactly("{\"tenants\":[\"t1\"]}");
    assertThat(tokens).containsExactly("null");
    answer = RefreshTest::allLive;
    assertThat(models.run("publish", "t1", model, "--live").out())
        .endsWith(" and live; the application serves it so\n");
    assertThat(models.run("rollback", "t1").exitCode()).isZero();
    assertThat(models.run("promote", "t1", "2").exitCode()).isZero();
    assertThat(bodies).hasSize(4);
  }

  @Test
  void withoutATrialItIsToldWhetherAReplicaHasLoadedTheModel() throws Exception {
    answer = RefreshTest::allLive;
    assertThat(models.run("publish", "t1", model, "--no-check").out())
        .endsWith(" and live, as the only version; no replica has loaded it yet\n");
    answer = body -> one("\"state\":\"live\",\"version\":2");
    assertThat(models.run("publish", "t1", model, "--no-check", "--live").out())
        .endsWith(" and live; the application serves it so\n");
  }

  @Test
  void onlyAChangeOfWhatIsLiveIsTold() throws Exception {
    answer = RefreshTest::allLive;
    models.json("publish", "t1", model);
    bodies.clear();
    models.json("publish", "t1", model);
    models.json("delete", "t1", "2");
    models.json("list");
    assertThat(bodies).isEmpty();
    assertThat(models.json("publish", "t1", model, "--live", "--no-wait").path("application"))
        .hasToString("{\"state\":\"not-asked\",\"detail\":\"--no-wait was given\"}");
    assertThat(bodies).isEmpty();
  }

  @Test
  void aRefusalIsToldAndExitCode1() throws Exception {
    answer =
        body ->
            one("\"state\":\"refused\",\"version\":1,\"code\":\"load-failed\",\"detail\":\"x y\"");
    ModelsRun.Result result = models.run("publish", "t1", model, "--json");
    result.assertFailed(1, "t1/1: published and live", "refuses it", "t1: load-failed: x y");
    assertThat(result.lines().get(0).path("application").path("state").asText())
        .isEqualTo("refused");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"models\":[]}",
        "{\"models\":[{\"tenant\":\"t1\",\"state\":\"gone\"}]}",
        "{\"models\":[{\"tenant\":\"t1\",\"state\":\"live\",\"version\":9}]}",
        "{\"models\":[{\"state\":\"live\"}]}",
        "{\"models\":null}",
        "{}",
        "[",
        ""
      })
  void anAnswerThatDoesNotConfirmIsExitCode1(String text) {
    answer = body -> text;
    models
        .run("publish", "t1", model)
        .assertFailed(
            1,
            "t1/1: published and live in the registry file:",
            "the application did not confirm: ");
  }

  @Test
  void whatAProblemDocumentSaysIsRepeated() {
    status = 403;
    answer = body -> "{\"title\":\"The token is wrong\",\"detail\":\"not this one\"}";
    models
        .with("MANY_MODELS_ADMIN_TOKEN", " s3cret \n")
        .run("publish", "t1", model)
        .assertFailed(1, "answered 403: The token is wrong: not this one");
    assertThat(tokens).containsExactly("Bearer s3cret");
  }

  @Test
  void theTokenMayBeInAFile() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "from-file\n");
    answer = RefreshTest::allLive;
    models.with("MANY_MODELS_ADMIN_TOKEN_FILE", token.toString()).json("publish", "t1", model);
    assertThat(tokens).containsExactly("Bearer from-file");
    models
        .with("MANY_MODELS_ADMIN_TOKEN_FILE", "/nowhere")
        .run("publish", "t2", model)
        .assertFailed(2, "MANY_MODELS_ADMIN_TOKEN_FILE");
    assertThat(models.json("list").path("tenant").asText()).isEqualTo("t1");
  }

  @Test
  void nobodyAtTheAddressIsExitCode1() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    models
        .run("publish", "t1", model, "--url", "http://127.0.0.1:" + port)
        .assertFailed(1, "t1/1: published and live", "cannot be reached (ConnectException)");
  }

  @Test
  void anApplicationThatDoesNotAnswerIsNotWaitedForLonger() {
    answer =
        body -> {
          try {
            released.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return "{}";
        };
    models
        .run("publish", "t1", model, "--timeout-s", "1")
        .assertFailed(1, "did not confirm: http://127.0.0.1", "did not answer within 1 s");
  }

  @Test
  void aDeletedTenantHasToBeGone() throws Exception {
    for (String state : List.of("\"state\":\"gone\"", "\"state\":\"live\"")) {
      answer = RefreshTest::allLive;
      models.json("publish", "t1", model);
      answer = body -> one("\"state\":\"live\",\"version\":1");
      models.run("delete", "t1", "--all").assertFailed(1, "t1: deleted", "it says t1: live");
      answer = RefreshTest::allLive;
      models.json("publish", "t1", model);
      answer = body -> one(state);
      assertThat(models.json("delete", "t1", "--all").path("application").path("state").asText())
          .as("gone, or nobody held it")
          .isEqualTo("confirmed");
    }
  }

  @Test
  void manyTenantsAreToldAThousandACall() throws Exception {
    answer = RefreshTest::allLive;
    Path many = Files.createDirectory(folder.resolve("many"));
    for (int i = 0; i < 1_050; i++) {
      Files.copy(Path.of(model), many.resolve("t" + i + ".onnx"));
    }
    JsonNode summary =
        models.run("publish", "--dir", many.toString(), "--no-check", "--json").lines().get(1_050);
    assertThat(summary.path("published").asInt()).isEqualTo(1_050);
    assertThat(summary.path("application").path("state").asText()).isEqualTo("confirmed");
    assertThat(bodies).hasSize(2);
    assertThat(Json.mapper().readTree(bodies.get(0)).path("tenants")).hasSize(1_000);
    assertThat(Json.mapper().readTree(bodies.get(1)).path("tenants")).hasSize(50);
  }
}
