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

/** What operators look at: Serve's own status, /deployment_map, /status, /metrics. */
class StatusIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Cluster cluster = Cluster.running();

  @BeforeEach
  void settled() {
    cluster.dashboard().awaitHealthy();
    cluster.restorePool();
    cluster.fill();
  }

  @Test
  void serveShowsEveryDeploymentHealthy() {
    JsonNode application = cluster.dashboard().application();

    assertThat(application.path("status").asText()).isEqualTo("RUNNING");
    List<String> expected = new ArrayList<>(List.of("Deploymentx", "SharedMemory", "Dispatcher"));
    for (int i = 1; i <= 10; i++) {
      expected.add("Deployment" + i);
    }
    assertThat(names(application.path("deployments")))
        .containsExactlyInAnyOrderElementsOf(expected);
    application
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
  void theProxyIsHealthy() {
    Answer answer = cluster.get("/-/healthz");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("success");
  }

  @Test
  void theDeploymentMapHasItsShape() {
    Answer answer = cluster.get("/deployment_map");

    assertThat(answer.header("content-type")).hasValue("application/json");
    JsonNode json = answer.ok();
    assertThat(names(json)).containsExactly("generation", "deployment_map", "dedicated");
    assertThat(json.path("generation").asText()).matches("\\d+\\.\\d+");
    Map<String, String> placed = Cluster.texts(json.path("deployment_map"));
    assertThat(placed).hasSize(10).containsAllEntriesOf(Cluster.INITIAL_POOL);
    assertThat(Cluster.texts(json.path("dedicated"))).isEqualTo(Cluster.INITIAL_POOL);
  }

  @Test
  void theStatusHasItsShape() {
    Answer answer = cluster.get("/status");

    assertThat(answer.header("content-type")).hasValue("application/json");
    JsonNode json = answer.ok();
    assertThat(names(json)).containsExactly("placement", "overflow", "refused", "quarantined");
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
    assertThat(placement.path("dispatchers").asInt()).isEqualTo(2);
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
        .containsExactly("behind", "reads", "memory_refusals");
    assertThat(json.path("refused")).isEmpty();
    Problems.assertNoLeak(cluster, answer);
  }

  @Test
  void prometheusReadsTheMetrics() {
    Answer answer = cluster.get("/metrics");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).get().asString().startsWith("text/plain");
    assertThat(answer.body().lines())
        .allMatch(line -> line.matches("# (HELP|TYPE) mms_\\w+ .+|mms_\\w+(\\{.*})? [-+.\\dE]+"))
        .contains("mms_placed_tenants 10.0", "mms_dispatchers 2.0", "mms_user_configs_refused 0.0")
        .filteredOn(line -> line.startsWith("mms_loaded_models{"))
        .hasSize(11);
  }

  @Test
  void deploymentxTellsWhatItHasLoaded() {
    for (String tenant : Expected.tenants()) {
      JsonNode unused = cluster.score(tenant, Expected.row(tenant, 0)).ok();
    }

    Await.untilAsserted(
        SOON,
        () -> {
          JsonNode overflow = cluster.status().path("overflow").path(0);
          assertThat(overflow.path("models").asInt()).isPositive();
          assertThat(overflow.path("weight_bytes").asLong()).isPositive();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"/deployment_map", "/status", "/metrics"})
  void headHasNoBody(String path) {
    Answer answer = cluster.send(cluster.request(path).method("HEAD", BodyPublishers.noBody()));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }
}
