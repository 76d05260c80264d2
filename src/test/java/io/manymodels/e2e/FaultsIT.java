package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.e2e.CheckedLoad.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * One process after the other is killed under load. No answer is ever wrong; how many requests may
 * fail is written at each.
 */
class FaultsIT {
  private static final Duration RECOVERY = Duration.ofSeconds(60);
  private static final Map<String, String> POOL =
      new TreeMap<>(Map.of("tenant19", "deployment9", "tenant21", "deployment10"));

  private final Cluster cluster = Cluster.running();
  private final Dashboard dashboard = cluster.dashboard();

  @BeforeEach
  void pin() {
    assertThat(cluster.replacePool(POOL).status()).isEqualTo(200);
  }

  @AfterEach
  void restore() {
    dashboard.awaitHealthy();
    cluster.restorePool();
  }

  private static void kill(long pid) {
    assertThat(pid).isPositive();
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
  }

  private long onlyPid(String deployment) {
    SortedSet<Long> pids = dashboard.pids().get(deployment);
    assertThat(pids).hasSize(1);
    return pids.first();
  }

  /** The killed process is replaced, all others are the same, pins and table are as they should. */
  private void awaitRecovery(
      String deployment, long killed, SortedMap<String, SortedSet<Long>> before) {
    Await.until(
        deployment + " has a new process",
        RECOVERY,
        () -> {
          SortedSet<Long> now =
              dashboard.pids().getOrDefault(deployment, new java.util.TreeSet<>());
          return !now.contains(killed) && now.size() == before.get(deployment).size();
        });
    dashboard.awaitHealthy();
    SortedMap<String, SortedSet<Long>> after = dashboard.pids();
    after.remove(deployment);
    before.remove(deployment);
    assertThat(after).as("the other processes").isEqualTo(before);
    awaitPinsAndTable();
  }

  private void awaitPinsAndTable() {
    Await.untilAsserted(RECOVERY, () -> assertThat(cluster.dedicated()).isEqualTo(POOL));
    Await.untilAsserted(
        RECOVERY, () -> assertThat(cluster.held()).isEqualTo(cluster.placed()).hasSize(10));
    POOL.forEach(
        (tenant, deployment) ->
            Await.untilAsserted(
                RECOVERY,
                () ->
                    assertThat(answer(tenant).path("deployment").asText())
                        .isEqualToIgnoringCase(deployment)));
  }

  private JsonNode answer(String tenant) {
    return cluster.score(tenant, Expected.row(tenant, 0)).ok();
  }

  private static Report report(String what, CheckedLoad load) {
    Report report = load.stop();
    System.out.printf("FIGURE kill -9 of %s: %s%n", what, report);
    assertThat(report.wrong()).isEmpty();
    return report;
  }

  private void awaitTraffic(CheckedLoad load) {
    long answered = load.answered();
    Await.until("there is traffic", RECOVERY, () -> load.answered() > answered + 30);
  }

  /** 0 failures: Deploymentx answers for the dead replica. */
  @Test
  void aHotReplica() {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    try (CheckedLoad load = CheckedLoad.start(cluster, 4, Expected.tenants())) {
      awaitTraffic(load);
      long pid = onlyPid("Deployment3");
      kill(pid);
      awaitRecovery("Deployment3", pid, before);
      assertThat(report("Deployment3", load).failed()).isEmpty();
    }
  }

  /** 0 failures: a pinned tenant is answered elsewhere until its replica is back. */
  @Test
  void theHotReplicaOfAPinnedTenant() {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    try (CheckedLoad load = CheckedLoad.start(cluster, 4, List.of("tenant19", "tenant21"))) {
      awaitTraffic(load);
      long pid = onlyPid("Deployment9");
      kill(pid);
      awaitRecovery("Deployment9", pid, before);
      assertThat(report("Deployment9, its pinned tenant asked", load).failed()).isEmpty();
    }
  }

  /** 0 failures of placed tenants; the others get 503 and Retry-After until its replica is back. */
  @Test
  void theOnlyOverflowReplica() {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    List<String> placed = List.copyOf(cluster.placed().keySet());
    List<String> unplaced = new ArrayList<>(Expected.tenants());
    unplaced.removeAll(placed);
    try (CheckedLoad hot = CheckedLoad.start(cluster, 3, placed)) {
      awaitTraffic(hot);
      long pid = onlyPid("Deploymentx");
      kill(pid);
      Problems.check(cluster, untilRefused(unplaced.get(0)), 503, "no-replica");
      awaitRecovery("Deploymentx", pid, before);
      assertThat(report("Deploymentx, placed tenants asked", hot).failed()).isEmpty();
    }
    for (String tenant : unplaced) {
      Await.untilAsserted(
          RECOVERY,
          () ->
              assertThat(
                      Expected.complaint(tenant, cluster.score(tenant, Expected.rows(tenant)).ok()))
                  .isEmpty());
    }
  }

  /** The first answer that is not 200. */
  private Answer untilRefused(String tenant) {
    Answer[] last = new Answer[1];
    Await.until(
        "the loss shows",
        RECOVERY,
        () -> {
          last[0] = cluster.score(tenant, Expected.row(tenant, 0));
          return last[0].status() != 200;
        });
    return last[0];
  }

  /** 0 failures: Dispatchers go on with the table they have. */
  @Test
  void sharedMemory() {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    String generation = cluster.get("/deployment_map").ok().path("generation").asText();
    try (CheckedLoad load = CheckedLoad.start(cluster, 4, Expected.tenants())) {
      awaitTraffic(load);
      long pid = onlyPid("SharedMemory");
      kill(pid);
      awaitRecovery("SharedMemory", pid, before);
      Await.until(
          "it decides again",
          RECOVERY,
          () -> cluster.status().path("placement").path("promotions").asLong() > 0);
      assertThat(report("SharedMemory", load).failed()).isEmpty();
    }
    assertThat(term(cluster.get("/deployment_map").ok().path("generation").asText()))
        .isGreaterThan(term(generation));
  }

  private static long term(String generation) {
    return Long.parseLong(generation.substring(0, generation.indexOf('.')));
  }

  /** A pool change that meets the loss of SharedMemory is made, or refused, but never half. */
  @Test
  void sharedMemoryWhileThePoolIsReplaced() {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    long pid = onlyPid("SharedMemory");
    kill(pid);
    Answer answer = cluster.replacePool(Cluster.INITIAL_POOL);
    assertThat(answer.status()).as("%s", answer).isIn(200, 503);
    Map<String, String> expected =
        answer.status() == 200 ? Cluster.INITIAL_POOL : cluster.dedicated();
    assertThat(expected).isIn(Cluster.INITIAL_POOL, POOL);
    Await.untilAsserted(
        RECOVERY, () -> assertThat(cluster.replacePool(POOL).status()).isEqualTo(200));
    awaitRecovery("SharedMemory", pid, before);
  }

  /** At most a handful: what the dead one was busy with is repeated by the proxy's middleware. */
  @Test
  void aDispatcher() {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    try (CheckedLoad load = CheckedLoad.start(cluster, 4, Expected.tenants())) {
      awaitTraffic(load);
      long pid = dashboard.pids().get("Dispatcher").first();
      kill(pid);
      awaitRecovery("Dispatcher", pid, before);
      Await.until(
          "both Dispatchers follow the table",
          RECOVERY,
          () -> cluster.status().path("placement").path("dispatchers").asInt() == 2);
      assertThat(report("a Dispatcher", load).failures()).isLessThanOrEqualTo(5);
    }
  }

  /** 0 failures: nothing of a request passes through the controller. No replica is restarted. */
  @Test
  void theServeController() {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    try (CheckedLoad load = CheckedLoad.start(cluster, 4, Expected.tenants())) {
      awaitTraffic(load);
      long pid = dashboard.controllerPid();
      kill(pid);
      Await.until(
          "there is a new controller",
          RECOVERY,
          () -> dashboard.controllerPid() != pid && dashboard.controllerPid() > 0);
      Await.untilAsserted(RECOVERY, () -> assertThat(dashboard.pids()).isEqualTo(before));
      dashboard.awaitHealthy();
      awaitPinsAndTable();
      assertThat(report("the ServeController", load).failed()).isEmpty();
    }
    assertThat(dashboard.pids()).isEqualTo(before);
  }
}
