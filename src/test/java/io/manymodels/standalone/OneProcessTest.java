package io.manymodels.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.http.DirectAddress;
import io.manymodels.json.Json;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.rehearsal.Rehearsal;
import io.manymodels.stores.Stores;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.LogLines;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application in one process, asked over HTTP, with a folder of real ONNX models. */
class OneProcessTest {
  private static final String ROWS = "[[1,2,3],[4,5,6]]";

  /** Of the model row_sum. */
  private static final String SUMS = "[6.0,15.0]";

  @TempDir private Path folder;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private @Nullable OneProcess process;
  private String rehearsal = "off";

  @BeforeEach
  void publishThree() {
    publish("a", 1);
    publish("b", 1);
    publish("c", 1);
  }

  @AfterEach
  void close() {
    if (process != null) {
      process.drain(Duration.ZERO);
    }
  }

  private Environment environment() {
    return Environment.empty()
        .with(Setting.REGISTRY, folder.resolve("models").toUri().toString())
        .with(Setting.STATE, folder.resolve("state").toUri().toString())
        .with(Setting.REHEARSAL, rehearsal)
        .with(Setting.VERSION_POLL_S, "1");
  }

  private void publish(String tenant, long version) {
    byte[] model = Artifacts.tinyOnnx("row_sum");
    try (var stores = new Stores(environment());
        var registry = stores.writableRegistry()) {
      registry.publish(
          Artifacts.describe(Artifacts.ref(tenant, version), model), "", ByteBuffer.wrap(model));
      assertThat(registry.liveVersion(new TenantId(tenant))).contains(new ModelVersion(version));
    }
  }

  private static ServedApplication served(String... deploymentsAndConfigs) {
    TreeMap<String, String> configs = new TreeMap<>();
    for (int i = 0; i < deploymentsAndConfigs.length; i += 2) {
      configs.put(deploymentsAndConfigs[i], deploymentsAndConfigs[i + 1]);
    }
    return new ServedApplication(ServedApplication.application(3), configs, List.of());
  }

  private OneProcess start(ServedApplication served) throws IOException {
    DirectAddress address = new DirectAddress("127.0.0.1", 0, Duration.ofSeconds(60));
    OneProcess started = OneProcess.start(environment(), served, address);
    process = started;
    return started;
  }

  private HttpRequest.Builder to(OneProcess at, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at.port() + path))
        .timeout(Duration.ofSeconds(30));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString(UTF_8));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private JsonNode get(OneProcess at, String path) {
    HttpResponse<String> answer = send(to(at, path));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.read(answer.body(), JsonNode.class);
  }

  private HttpResponse<String> post(OneProcess at, String path, String body) {
    return send(
        to(at, path)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private JsonNode score(OneProcess at, String tenant) {
    HttpResponse<String> answer =
        post(at, "/score", "{\"tenant\":\"" + tenant + "\",\"data\":" + ROWS + "}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonNode json = Json.read(answer.body(), JsonNode.class);
    assertThat(json.path("model").asText()).isEqualTo(tenant);
    assertThat(json.path("prediction").toString()).isEqualTo(SUMS);
    return json;
  }

  @Test
  void aTenantIsServedByDeploymentxThenPlacedByItsTraffic() throws IOException {
    OneProcess at = start(served());
    assertThat(score(at, "a").path("deployment").asText()).isEqualTo("Deploymentx");
    Eventually.holds(
        "it has a place", () -> score(at, "a").path("deployment").asText().equals("Deployment1"));
    assertThat(get(at, "/placement/a").path("why").asText()).isEqualTo("a place was free");
    assertThat(get(at, "/status").path("placement").path("dispatchers").asInt()).isOne();
    assertThat(send(to(at, "/metrics")).body()).contains("mms_placed_tenants 1.0");
  }

  @Test
  void configuredTenantsAndPinsAreWhereTheyWereAfterARestart() throws IOException {
    ServedApplication configured =
        served("Deployment2", "{\"tenant\":\"a\"}", "Deployment3", "{\"pool\":\"dedicated\"}");
    OneProcess first = start(configured);
    Eventually.holds(
        "the configured tenant has its place",
        () -> score(first, "a").path("deployment").asText().equals("Deployment2"));
    assertThat(
            post(first, "/update_dedicated_pool", "{\"mapping\":{\"b\":\"deployment3\"}}").body())
        .isEqualTo("{\"b\":\"deployment3\"}");
    assertThat(score(first, "b").path("deployment").asText()).isEqualTo("Deployment3");
    first.drain(Duration.ZERO);

    OneProcess second = start(configured);
    assertThat(get(second, "/deployment_map").path("dedicated").path("b").asText())
        .isEqualTo("deployment3");
    Eventually.holds(
        "the pinned tenant is in its place",
        () -> score(second, "b").path("deployment").asText().equals("Deployment3"));
    Eventually.holds(
        "and so is the configured one",
        () -> score(second, "a").path("deployment").asText().equals("Deployment2"));
  }

  @Test
  void aNewVersionGoesLiveInEveryDeployment() throws IOException {
    OneProcess at = start(served("Deployment2", "{\"tenant\":\"a\"}"));
    Eventually.holds(
        "placed", () -> score(at, "a").path("deployment").asText().equals("Deployment2"));
    assertThat(score(at, "b").path("version").asInt()).isOne();
    publish("a", 2);
    publish("b", 2);
    HttpResponse<String> refreshed = post(at, "/refresh_models", "{\"tenants\":[\"a\"]}");
    assertThat(refreshed.statusCode()).as(refreshed.body()).isEqualTo(200);
    assertThat(score(at, "a").path("version").asInt()).isEqualTo(2);
    Eventually.holds("a poll finds the other", () -> score(at, "b").path("version").asInt() == 2);
  }

  @Test
  void itRehearsesBesideItsRequestsAndNothingOfThatShows() throws IOException {
    rehearsal = "on";
    try (LogLines log = LogLines.of(Rehearsal.class, "rehearsed for")) {
      OneProcess at = start(served());
      score(at, "a");
      Eventually.holds("it has rehearsed", () -> !log.messages().isEmpty());
      score(at, "a");
      JsonNode status = get(at, "/status");
      assertThat(status.path("overflow").path(0).path("models").asInt()).isLessThanOrEqualTo(1);
      assertThat(status.toString()).doesNotContain("rehears");
      assertThat(send(to(at, "/metrics")).body()).doesNotContain("rehears");
      assertThat(reads(status)).as("those of tenant a").isBetween(1, 2);
    }
  }

  /** Of all deployments. */
  private static int reads(JsonNode status) {
    return status.findValues("reads").stream()
        .flatMap(each -> Stream.of(each.path("node"), each.path("warm"), each.path("registry")))
        .mapToInt(JsonNode::asInt)
        .sum();
  }

  @Test
  void aChangedConfigurationIsTakenOrRefusedByEachDeployment() throws IOException {
    OneProcess at = start(served());
    at.reconfigure(
        served(
            "Dispatcher",
            "{\"max_rows\":1}",
            "Deploymentx",
            "{\"capacity\":0}",
            "Deployment1",
            "{\"capacity\":5}"));
    assertThat(post(at, "/score", "{\"tenant\":\"a\",\"data\":" + ROWS + "}").statusCode())
        .isEqualTo(413);
    JsonNode status = get(at, "/status");
    assertThat(status.path("refused").path("Deploymentx").asText()).contains("'capacity': 0");
    Eventually.holds(
        "the capacity is in force",
        () ->
            get(at, "/status").path("placement").path("hot").path(0).path("capacity").asInt() == 5);
    at.refuseConfig("config.yaml: broken");
    assertThat(get(at, "/status").path("refused").path("Dispatcher").asText())
        .contains("config.yaml: broken");
    ServedApplication more =
        new ServedApplication(ServedApplication.application(4), new TreeMap<>(), List.of());
    assertThatThrownBy(() -> at.reconfigure(more)).hasMessageContaining("takes a restart");
  }

  @Test
  void aSecondProcessOnThePortEndsAndLeavesTheFirstInCharge() throws IOException {
    OneProcess first = start(served());
    DirectAddress taken = new DirectAddress("127.0.0.1", first.port(), Duration.ofSeconds(60));
    assertThatThrownBy(() -> OneProcess.start(environment(), served(), taken))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("in use");
    assertThat(
            post(first, "/update_dedicated_pool", "{\"mapping\":{\"b\":\"deployment3\"}}")
                .statusCode())
        .as("a pool that is not dedicated takes no pin, but it is the owner who says so")
        .isIn(200, 422);
  }

  /** The health turns first, and no request that was sent fails. */
  @Test
  void itDrainsWithoutAFailedRequest() throws Exception {
    OneProcess at = start(served());
    assertThat(send(to(at, "/-/ready")).statusCode()).isEqualTo(200);
    List<Integer> statuses = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      CompletableFuture<Void> asking =
          CompletableFuture.runAsync(
              () -> {
                boolean told = false;
                while (!told) {
                  HttpResponse<String> answer =
                      post(at, "/score", "{\"tenant\":\"a\",\"data\":" + ROWS + "}");
                  statuses.add(answer.statusCode());
                  told = answer.headers().firstValue("connection").equals(Optional.of("close"));
                }
              },
              threads);
      CompletableFuture<Void> drained =
          CompletableFuture.runAsync(() -> at.drain(Duration.ofSeconds(1)), threads);
      Eventually.holds("it is not ready", () -> send(to(at, "/-/ready")).statusCode() == 503);
      assertThat(send(to(at, "/-/healthz")).statusCode()).isEqualTo(200);
      drained.get();
      asking.get();
    } finally {
      threads.shutdownNow();
    }
    process = null;
    assertThat(statuses).isNotEmpty().containsOnly(200);
  }

  @Test
  void withoutARegistryItStartsAndHeals() throws IOException {
    Path elsewhere = folder.resolve("models");
    Path away = folder.resolve("away");
    Files.move(elsewhere, away);
    OneProcess at = start(served());
    HttpResponse<String> refused = post(at, "/score", "{\"tenant\":\"a\",\"data\":" + ROWS + "}");
    assertThat(refused.statusCode()).as(refused.body()).isIn(404, 503);
    Files.move(away, elsewhere);
    Eventually.holds(
        "it is served again",
        () -> post(at, "/score", "{\"tenant\":\"a\",\"data\":" + ROWS + "}").statusCode() == 200);
  }
}
