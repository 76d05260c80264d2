package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The registry goes away: who has a place keeps it, and who lost it just before is served. */
class RegistryOutageIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  private final Cluster cluster = Cluster.running();
  private final Dashboard dashboard = cluster.dashboard();

  @BeforeEach
  void settled() {
    cluster.restorePool();
    cluster.fill();
  }

  @AfterEach
  void restore() {
    cluster.registry().show();
    dashboard.awaitHealthy();
  }

  private JsonNode ask(String tenant) {
    JsonNode answer = cluster.score(tenant, Expected.rows(tenant)).ok();
    assertThat(Expected.complaint(tenant, answer)).isEmpty();
    return answer;
  }

  private void askUntilPromoted(String tenant) {
    Await.until(
        tenant + " is promoted",
        SOON,
        () -> {
          ask(tenant);
          return cluster.placed().containsKey(tenant);
        });
  }

  /** So that Deploymentx knows of nobody. */
  private void replaceDeploymentx() {
    long pid = dashboard.pids().get("Deploymentx").first();
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    Await.until(
        "there is another one",
        RECOVERY,
        () -> {
          var now = dashboard.pids().get("Deploymentx");
          return now != null && !now.isEmpty() && !now.contains(pid);
        });
    dashboard.awaitHealthy();
  }

  @Test
  void nobodyLosesHisPlaceAndWhoLostItBeforeIsServed() {
    replaceDeploymentx();
    SortedMap<String, String> before = cluster.placed();
    List<String> unplaced = new ArrayList<>(Expected.tenants());
    unplaced.removeAll(before.keySet());
    askUntilPromoted(unplaced.get(0));
    TreeSet<String> gone = new TreeSet<>(before.keySet());
    gone.removeAll(cluster.placed().keySet());
    assertThat(gone).hasSize(1);
    String displaced = gone.first();

    cluster.registry().hide();
    assertThat(ask(displaced).path("deployment").asText()).isEqualTo("Deploymentx");
    SortedMap<String, String> placed = cluster.placed();
    Await.untilAsserted(
        SOON,
        () -> {
          ask(displaced);
          assertThat(cluster.get("/placement/" + displaced).ok().toString())
              .as("it is worth a place")
              .contains("keeps its place");
        });
    assertThat(cluster.placed()).isEqualTo(placed);
    placed.keySet().forEach(this::ask);
    Answer unheardOf = cluster.get("/placement/nobody");
    assertThat(unheardOf.status()).isEqualTo(503);
    assertThat(unheardOf.json().path("type").asText()).endsWith(":store-unavailable");

    cluster.registry().show();
    askUntilPromoted(displaced);
  }
}
