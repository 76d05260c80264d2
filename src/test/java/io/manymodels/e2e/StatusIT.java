package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators look at: health, Serve's own status, /deployment_map, /status, /metrics. */
class StatusIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Application application = Application.running();

  @BeforeEach
  void settled() {
    application.root().awaitReady();
    application.restorePool();
    application.fill();
  }

  @Test
  @OnlyOnRay("the status is Serve's")
  void serveShowsEveryDeploymentHealthy() {
    JsonNode shown = RayRoot.running().dashboard().application();

    assertThat(shown.path("status").asText()).isEqualTo("RUNNING");
    List<String> expected = new ArrayList<>(List.of("Deploymentx", "SharedMemory", "Dispatcher"));
    for (int i = 1; i <= 10; i++) {
      expected.add("Deployment" + i);
    }
    assertThat(names(shown.path("deployments"))).containsExactlyInAnyOrderElementsOf(expected);
    shown
        .path("deployments")
        .properties()
        .forEach(
            deployment -> {
              JsonNode details = deployment.getValue();
              assertThat(details.path("status").asText()).as("%s", details).isEqualTo("HEALTHY");
              int replicas = deployment.getKey().equals("Dispatcher") ? 2 : 1;
              assertThat(details.path("replicas")).hasSize(replicas);
              for (JsonNode replica : details.path("replicas")) {
                assertThat(replica.path("state").asText()).isEqualTo("RUNNING");
                assertThat(replica.path("pid").asLong()).isPositive();
                assertThat(replica.path("node_id").asText()).isNotBlank();
              }
            });
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void itIsHealthy() {
    Answer answer = application.get("/-/healthz");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("success");
  }

  @Test
  void theDeploymentMapHasItsShape() {
    Answer answer = application.get("/deployment_map");

    assertThat(answer.header("content-type")).hasValue("application/json");
    JsonNode json = answer.ok();
    assertThat(names(json)).containsExactly("generation", "deployment_map", "dedicated");
    assertThat(json.path("generation").asText()).matches("\\d+\\.\\d+");
    Map<String, String> placed = Application.texts(json.path("deployment_map"));
    assertThat(placed).hasSize(10).containsAllEntriesOf(Application.INITIAL_POOL);
    assertThat(Application.texts(json.path("dedicated"))).isEqualTo(Application.INITIAL_POOL);
  }

  @Test
  void theStatusHasItsShape() {
    Answer answer = application.get("/status");

    assertThat(answer.header("content-type")).hasValue("application/json");
    JsonNode json = answer.ok();
    assertThat(names(json))
        .containsExactly("placement", "overflow", "refused", "quarantined", "access");
    JsonNode placement = json.path("placement");
    assertThat(names(placement))
        .containsExactly(
            "generation",
            "placed",
            "dispatchers",
            "push_seconds",
            "traffic",
            "promotions",
            "evictions",
            "refused",
            "hot");
    assertThat(placement.path("dispatchers").asInt()).isEqualTo(application.root().dispatchers());
    assertThat(placement.path("hot")).hasSize(10);
    for (JsonNode hot : placement.path("hot")) {
      assertThat(names(hot)).containsExactly("deployment", "pool", "capacity", "replicas");
      boolean dedicated =
          List.of("Deployment9", "Deployment10").contains(hot.path("deployment").asText());
      assertThat(hot.path("pool").asText()).isEqualTo(dedicated ? "dedicated" : "dynamic");
      assertThat(hot.path("capacity").asInt()).isEqualTo(1);
      assertThat(hot.path("replicas")).hasSize(1);
    }
    assertThat(json.path("overflow")).hasSize(1);
    assertThat(names(json.path("overflow").get(0)))
        .containsExactly(
            "deployment",
            "replica",
            "models",
            "weight_bytes",
            "capacity",
            "capacity_mib",
            "refused",
            "loading");
    assertThat(names(json.at("/overflow/0/loading")))
        .containsExactly("behind", "reads", "memory_refusals", "versions_told");
    assertThat(json.path("refused")).isEmpty();
    Problems.assertNoLeak(application, answer);
  }

  @Test
  void prometheusReadsTheMetrics() {
    Answer answer = application.get("/metrics");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).get().asString().startsWith("text/plain");
    assertThat(answer.body().lines())
        .allMatch(line -> line.matches("# (HELP|TYPE) mms_\\w+ .+|mms_\\w+(\\{.*})? [-+.\\dE]+"))
        .contains(
            "mms_placed_tenants 10.0",
            "mms_dispatchers " + application.root().dispatchers() + ".0",
            "mms_user_configs_refused 0.0")
        .filteredOn(line -> line.startsWith("mms_loaded_models{"))
        .hasSize(11);
  }

  @Test
  void deploymentxTellsWhatItHasLoaded() {
    for (String tenant : Expected.tenants()) {
      JsonNode unused = application.score(tenant, Expected.row(tenant, 0)).ok();
    }

    Await.untilAsserted(
        SOON,
        () -> {
          JsonNode overflow = application.status().path("overflow").path(0);
          assertThat(overflow.path("models").asInt()).isPositive();
          assertThat(overflow.path("weight_bytes").asLong()).isPositive();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"/deployment_map", "/status", "/metrics"})
  void headHasNoBody(String path) {
    Answer answer =
        application.send(application.request(path).method("HEAD", BodyPublishers.noBody()));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }
}
