package io.manymodels.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.http.DirectAddress;
import io.manymodels.json.Json;
import io.manymodels.measuring.Measure;
import io.manymodels.stores.Stores;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one process measures of real requests, as operators read it. */
class MeasuredProcessTest {
  /** From which docs/reference.md is made. */
  private static final Path REFERENCE =
      Path.of("src/test/resources/io/manymodels/http/golden/metrics.txt");

  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\w+) \\w+$");

  @TempDir private Path folder;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private OneProcess process;

  @BeforeEach
  void start() throws IOException {
    Environment environment =
        Environment.empty()
            .with(Setting.REGISTRY, folder.resolve("models").toUri().toString())
            .with(Setting.STATE, folder.resolve("state").toUri().toString())
            .with(Setting.REHEARSAL, "off");
    byte[] model = Artifacts.tinyOnnx("row_sum");
    try (var stores = new Stores(environment);
        var registry = stores.writableRegistry()) {
      for (String tenant : List.of("a", "b")) {
        registry.publish(
            Artifacts.describe(Artifacts.ref(tenant, 1), model), "", ByteBuffer.wrap(model));
      }
    }
    process =
        OneProcess.start(
            environment,
            new ServedApplication(ServedApplication.application(1), new TreeMap<>(), List.of()),
            new DirectAddress("127.0.0.1", 0, Duration.ofSeconds(60)));
  }

  @AfterEach
  void close() {
    process.drain(Duration.ZERO);
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + process.port() + path))
        .timeout(Duration.ofSeconds(30));
  }

  private String get(String path) {
    return send(to(path));
  }

  private String send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString(UTF_8)).body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void score(String tenant, String rows) {
    String body = "{\"tenant\":\"" + tenant + "\",\"data\":" + rows + "}";
    String unused =
        send(
            to("/score")
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body)));
  }

  private static double value(String metrics, String series) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .sum();
  }

  @Test
  void requestsAreToldByProtocolKindAndTenant() {
    for (int i = 0; i < 30; i++) {
      score("a", "[[1,2,3]]");
    }
    score("b", "[[1,2]]");
    score("nobody", "[[1,2,3]]");
    Eventually.holds(
        "all is reported",
        () ->
            value(get("/metrics"), "mms_tenant_requests_total{tenant=\"a\"}") == 30
                && value(get("/metrics"), "mms_tenant_errors_total{tenant=\"b\"}") == 1);
    String metrics = get("/metrics");
    assertThat(value(metrics, "mms_answers_total{code=\"ok\",protocol=\"score\",status=\"200\"}"))
        .isEqualTo(30);
    assertThat(
            value(
                metrics,
                "mms_answers_total{code=\"model-not-found\",protocol=\"score\",status=\"404\"}"))
        .isOne();
    assertThat(
            value(metrics, "mms_predictions_total{code=\"ok\",deployment_kind=\"hot\"}")
                + value(metrics, "mms_predictions_total{code=\"ok\",deployment_kind=\"overflow\"}"))
        .isEqualTo(30);
    assertThat(value(metrics, "mms_load_wait_seconds_count")).isPositive();
    assertThat(value(metrics, "mms_model_load_seconds_count{tier=\"registry\"}")).isPositive();
    assertThat(value(metrics, "mms_received_bytes_total{protocol=\"score\"}")).isGreaterThan(900);
    assertThat(value(metrics, "mms_event_loop_lag_seconds_count")).isPositive();
    JsonNode page = Json.read(get("/tenants?sort=name"), JsonNode.class);
    assertThat(page.path("tenants")).hasSize(2);
    JsonNode a = page.path("tenants").path(0);
    assertThat(a.path("tenant").asText()).isEqualTo("a");
    assertThat(a.path("p99_seconds").asDouble()).isPositive();
    assertThat(a.path("prediction_seconds").asDouble()).isPositive();
    assertThat(metrics).doesNotContain("nobody");
  }

  @Test
  void aTenantIsToldWithItsModelItsPlaceAndItsReplicas() {
    score("b", "[[1,2,3]]");
    Eventually.holds(
        "it is held",
        () ->
            !Json.read(get("/tenants/b"), JsonNode.class).path("holders").isEmpty()
                && !Json.read(get("/tenants/b"), JsonNode.class).path("figures").isNull());
    JsonNode b = Json.read(get("/tenants/b"), JsonNode.class);
    assertThat(b.path("figures").path("requests").asInt()).isOne();
    assertThat(b.path("placement").path("tenant").asText()).isEqualTo("b");
    assertThat(b.path("model").path("version").asInt()).isOne();
    assertThat(b.path("model").path("inputs")).isNotEmpty();
    assertThat(b.path("holders").path(0).path("version").asInt()).isOne();
    JsonNode a = Json.read(get("/tenants/a"), JsonNode.class);
    assertThat(a.path("figures").isNull()).isTrue();
    assertThat(a.path("holders")).isEmpty();
    assertThat(Json.read(get("/tenants/nobody"), JsonNode.class).path("status").asInt())
        .isEqualTo(404);
  }

  /** The reference has every metric that there is, and each measure is told. */
  @Test
  void theReferenceIsThatOfARealScrape() throws IOException {
    score("a", "[[1,2,3]]");
    Eventually.holds(
        "all is reported",
        () ->
            get("/metrics").contains("mms_tenant_latency_seconds{percentile=\"99\",tenant=\"a\"}"));
    Set<String> told = names(get("/metrics"));
    Set<String> listed = names(Files.readString(REFERENCE));
    assertThat(listed).containsAll(told);
    Set<String> missing = new TreeSet<>(listed);
    missing.removeAll(told);
    assertThat(missing).isEmpty();
    assertThat(told).hasSizeGreaterThan(Measure.values().length);
  }

  private static Set<String> names(String metrics) {
    Set<String> names = new TreeSet<>();
    TYPE.matcher(metrics).results().forEach(type -> names.add(type.group(1)));
    return names;
  }
}
