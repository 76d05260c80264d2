package io.manymodels.http;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.placement.Placement;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.Tenants;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers when all goes well. */
class HttpEdgeTest extends IngressFixture {
  private void place(long generation, int tenant, String deployment, boolean pinned) {
    cluster.publish(generation, Map.of(tenant(tenant), new Placement(deployment, pinned)));
    Eventually.holds(
        "the Dispatcher has the table",
        () -> dispatcher.table().table().places(tenant(tenant), deployment));
  }

  @Test
  void aScoreIsAnsweredAsTheContractSays() {
    place(1, 1, "Deployment2", true);
    Answer answer = post("/score", ROWS);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head().path("t").asText()).isEqualTo("application/json");
    assertThat(answer.body())
        .isEqualTo(
            "{\"deployment\":\"Deployment2\",\"model\":\"tenant01\",\"version\":3,"
                + "\"prediction\":[7,7],\"deployment_map\":{\"tenant01\":\"deployment2\"}}");
    Eventually.holds("the hit is reported", () -> cluster.hits().contains(tenant(1)));
  }

  @Test
  void aTenantThatIsNotPlacedIsScoredAtDeploymentx() {
    JsonNode answer = post("/score", ROWS).json();
    assertThat(answer.path("deployment").asText()).isEqualTo("Deploymentx");
    assertThat(answer.path("model").asText()).isEqualTo("tenant01");
    assertThat(answer.path("deployment_map")).isEmpty();
  }

  @Test
  void aLargeMapIsLeftOutOfTheAnswer() {
    place(1, 1, "Deployment2", false);
    dispatcher.reconfigure("{\"deployment_map_limit\":0}");
    assertThat(post("/score", ROWS).json().has("deployment_map")).isFalse();
    assertThat(get("/deployment_map").body())
        .isEqualTo(
            "{\"generation\":\"1.1\",\"deployment_map\":{\"tenant01\":\"deployment2\"},"
                + "\"dedicated\":{}}");
  }

  @Test
  void aHotReplicaThatLetsGoIsPassedOver() {
    place(1, 1, "Deployment2", false);
    cluster.predicts("Deployment2", request -> new NotHere());
    assertThat(post("/score", ROWS).json().path("deployment").asText()).isEqualTo("Deploymentx");
  }

  @Test
  void aBodyWithoutAnEnvelopeIsAScore() {
    Answer answer = Answer.of(edge.answer(ROWS));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("model").asText()).isEqualTo("tenant01");
  }

  @Test
  void thePoolIsReplacedAndEchoed() {
    Answer answer = post("/update_dedicated_pool", POOL);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"tenant09\":\"deployment2\"}");
    assertThat(cluster.pool()).isEqualTo(Tenants.mapping(9, "Deployment2"));
  }

  @Test
  void thePoolChangeWaitsWhileSharedMemoryIsRestarted() throws Exception {
    cluster.sharedMemoryAway(true);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Answer> waiting = thread.submit(() -> post("/update_dedicated_pool", POOL));
      assertThat(waiting.isDone()).isFalse();
      cluster.sharedMemoryAway(false);
      assertThat(waiting.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void theStatusHasEveryRefusal() {
    dispatcher.reconfigure("{\"max_rows\":0}");
    JsonNode status = get("/status").json();
    assertThat(status.path("placement").path("generation").asText()).isEqualTo("1.2");
    assertThat(status.path("overflow").path(0).path("models").asInt()).isOne();
    assertThat(status.path("refused").path("Dispatcher").asText())
        .isEqualTo(
            "user_config refused, the previous one stays in force: key 'max_rows': 0 is not in"
                + " 1..1000000");
    assertThat(status.path("refused").path("Deploymentx").asText())
        .isEqualTo("key 'capacity': wrong");
    assertThat(post("/score", ROWS).status()).as("and it goes on serving").isEqualTo(200);
    dispatcher.reconfigure("{}");
    assertThat(get("/status").json().path("refused").has("Dispatcher")).isFalse();
  }

  @Test
  void theMetricsAreInPrometheusText() {
    Answer answer = get("/metrics");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head().path("t").asText()).startsWith("text/plain; version=0.0.4");
    assertThat(answer.body())
        .contains("\nmms_placement_promotions_total 3.0\n")
        .contains("\nmms_placement_evictions_total 2.0\n")
        .contains("\nmms_user_configs_refused 1.0\n")
        .contains(
            "\nmms_overflow_weight_bytes{deployment=\"Deploymentx\",replica=\"Deploymentx#1\"}"
                + " 1000.0\n");
  }

  @Test
  void headIsTakenWhereGetIs() {
    assertThat(send("HEAD", "/deployment_map", Map.of(), "").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json; charset=utf-8", "APPLICATION/JSON", " application/json "})
  void jsonByAnyNameIsTaken(String type) {
    Map<String, String> headers = Map.of("content-type", type, "content-encoding", "identity");
    assertThat(send("POST", "/score", headers, ROWS).status()).isEqualTo(200);
    assertThat(send("POST", "/score", Map.of(), ROWS).status()).isEqualTo(200);
  }
}
