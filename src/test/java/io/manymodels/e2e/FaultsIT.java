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
@OnlyOnRay("Serve replaces the replicas")
class FaultsIT {
  private static final Duration RECOVERY = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 3;
  private static final Map<String, String> POOL =
      new TreeMap<>(Map.of("tenant19", "deployment9", "tenant21", "deployment10"));
  private static final List<Map<String, String>> BOTH_POOLS =
      List.of(POOL, Application.INITIAL_POOL);

  private final Application application = Application.running();
  private final Dashboard dashboard = RayRoot.running().dashboard();
  private Map<String, String> pool = POOL;

  @BeforeEach
  void pin() {
    dashboard.awaitHealthy();
    assertThat(application.replacePool(POOL).status()).isEqualTo(200);
    application.fill();
  }

  @AfterEach
  void restore() {
    dashboard.awaitHealthy();
    Await.untilAsserted(RECOVERY, application::restorePool);
  }

  private static void kill(long pid) {
    assertThat(pid).isPositive();
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    assertThat(process.destroyForcibly()).isTrue();
    Await.until(pid + " is dead", RECOVERY, () -> !process.isAlive());
  }

  /**
   * Kills a replica of the deployment under checked load. When this returns the replica has been
   * replaced, all others are the same processes, pins and table are as they should be, and no
   * answer was wrong.
   *
   * @param meanwhile run while the replica is gone
   */
  private Report killUnderLoad(String deployment, List<String> tenants, Runnable meanwhile) {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    long pid = before.get(deployment).first();
    try (CheckedLoad load = CheckedLoad.start(application, 4, tenants)) {
      awaitTraffic(load);
      kill(pid);
      meanwhile.run();
      awaitReplaced(deployment, pid, before);
      awaitPins();
      awaitTraffic(load);
      return recovered(deployment, load);
    }
  }

  private void awaitTraffic(CheckedLoad load) {
    long answered = load.answered();
    Await.until("there is traffic", RECOVERY, () -> load.answered() > answered + 50);
  }

  private void awaitReplaced(
      String deployment, long killed, SortedMap<String, SortedSet<Long>> before) {
    int replicas = before.get(deployment).size();
    Await.until(
        deployment + " has a new process",
        RECOVERY,
        () -> {
          SortedSet<Long> now = dashboard.pids().get(deployment);
          return now != null && !now.contains(killed) && now.size() == replicas;
        });
    dashboard.awaitHealthy();
    SortedMap<String, SortedSet<Long>> after = dashboard.pids();
    after.keySet().remove(deployment);
    SortedMap<String, SortedSet<Long>> others = new TreeMap<>(before);
    others.remove(deployment);
    assertThat(after).as("the other processes").isEqualTo(others);
  }

  private void awaitPins() {
    Await.untilAsserted(RECOVERY, () -> assertThat(application.dedicated()).isEqualTo(pool));
    pool.forEach(
        (tenant, deployment) ->
            Await.untilAsserted(
                RECOVERY,
                () ->
                    assertThat(answer(tenant).path("deployment").asText())
                        .isEqualToIgnoringCase(deployment)));
  }

  private JsonNode answer(String tenant) {
    return application.score(tenant, Expected.row(tenant, 0)).ok();
  }

  private Report recovered(String killed, CheckedLoad load) {
    Report report = load.stop();
    System.out.printf("FIGURE kill -9 of %s: %s%n", killed, report);
    assertThat(report.wrong()).isEmpty();
    application.awaitTableHeld(RECOVERY);
    return report;
  }

  /** 0 failures: Deploymentx answers for the dead replica. */
  @Test
  void aHotReplica() {
    Report report = killUnderLoad("Deployment3", Expected.tenants(), () -> {});

    assertThat(report.failed()).isEmpty();
  }

  /** 0 failures: a pinned tenant is answered elsewhere until its replica is back. */
  @Test
  void theHotReplicaOfAPinnedTenant() {
    Report report = killUnderLoad("Deployment9", List.copyOf(POOL.keySet()), () -> {});

    assertThat(report.failed()).isEmpty();
  }

  /**
   * 0 failures of placed tenants; the others wait until its replica is back, or get 503. All are
   * pinned, because traffic may displace others meanwhile, who then need Deploymentx.
   */
  @Test
  void theOnlyOverflowReplica() {
    pool = application.placed();
    assertThat(application.replacePool(pool).status()).isEqualTo(200);
    List<String> placed = List.copyOf(pool.keySet());
    List<String> unplaced = new ArrayList<>(Expected.tenants());
    unplaced.removeAll(placed);
    String asked = unplaced.get(0);

    Report report =
        killUnderLoad(
            "Deploymentx",
            placed,
            () -> assertWaitedOrRefused(asked, application.score(asked, Expected.rows(asked))));

    assertThat(report.failed()).isEmpty();
    for (String tenant : unplaced) {
      JsonNode answer = application.score(tenant, Expected.rows(tenant)).ok();
      assertThat(Expected.complaint(tenant, answer)).isEmpty();
    }
  }

  /** SharedMemory knows whom Deploymentx is asked for; nobody has asked the new replica yet. */
  @Test
  void aNewOverflowReplicaHasLoadedBeforeItIsAsked() {
    pool = application.placed();
    assertThat(application.replacePool(pool).status()).isEqualTo(200);
    List<String> unplaced = new ArrayList<>(Expected.tenants());
    unplaced.removeAll(pool.keySet());
    Await.until(
        "traffic of all is counted",
        RECOVERY,
        () -> {
          unplaced.forEach(tenant -> application.score(tenant, Expected.rows(tenant)).ok());
          return unplaced.stream()
              .allMatch(
                  tenant ->
                      application.get("/placement/" + tenant).ok().at("/demand/benefit").asDouble()
                          > 0);
        });
    boolean warm = false;
    // A replica that finds the machine busy starts cold.
    for (int attempt = 0; attempt < ATTEMPTS && !warm; attempt++) {
      warm = comesWarm();
    }
    assertThat(warm).isTrue();
    for (String tenant : unplaced) {
      JsonNode answer = application.score(tenant, Expected.rows(tenant)).ok();
      assertThat(Expected.complaint(tenant, answer)).isEmpty();
    }
  }

  private boolean comesWarm() {
    String killed = overflow().path("replica").asText();
    kill(dashboard.pids().get("Deploymentx").first());
    Await.until(
        "there is another one",
        RECOVERY,
        () ->
            overflow().hasNonNull("replica")
                && !overflow().path("replica").asText().equals(killed));
    dashboard.awaitHealthy();
    assertThat(overflow().path("models").asInt()).as("of those asked for").isZero();
    JsonNode reads = overflow().at("/loading/reads");
    System.out.printf("FIGURE a new Deploymentx has loaded %s%n", reads);
    return reads.path("node").asInt() + reads.path("warm").asInt() > 0;
  }

  private JsonNode overflow() {
    return application.status().path("overflow").path(0);
  }

  /** The request waits for the next replica; a machine that takes long to start it is told of. */
  private void assertWaitedOrRefused(String tenant, Answer answer) {
    if (answer.status() == 200) {
      assertThat(Expected.complaint(tenant, answer.ok())).isEmpty();
    } else {
      Problems.check(application, answer, 503, "no-replica");
    }
  }

  /** 0 failures: Dispatchers go on with the table they have. */
  @Test
  void sharedMemory() {
    long term = term();

    Report report =
        killUnderLoad(
            "SharedMemory",
            Expected.tenants(),
            () ->
                Await.until(
                    "another one has taken over and hears of traffic",
                    RECOVERY,
                    () ->
                        term() > term
                            && application.status().at("/placement/traffic/hits").asLong() > 0));

    assertThat(report.failed()).isEmpty();
  }

  /** Which SharedMemory the table comes from: each has a higher number than the one before. */
  private long term() {
    String generation = application.get("/deployment_map").ok().path("generation").asText();
    return Long.parseLong(generation.substring(0, generation.indexOf('.')));
  }

  /** A change of the pool that meets the loss of SharedMemory is made late or not at all. */
  @Test
  void sharedMemoryWhileThePoolIsReplaced() {
    Answer[] answer = new Answer[1];

    Report report =
        killUnderLoad(
            "SharedMemory",
            List.copyOf(POOL.keySet()),
            () -> {
              answer[0] = application.replacePool(Application.INITIAL_POOL);
              assertThat(answer[0].status()).as("%s", answer[0]).isIn(200, 503, 504);
              assertThat(application.dedicated())
                  .isIn(answer[0].status() == 200 ? List.of(Application.INITIAL_POOL) : BOTH_POOLS);
              Await.untilAsserted(
                  RECOVERY,
                  () -> assertThat(application.replacePool(POOL).status()).isEqualTo(200));
            });

    System.out.printf("FIGURE pool changed while SharedMemory is gone: %s%n", answer[0]);
    assertThat(report.failed()).isEmpty();
  }

  /** At most a handful: what the dead one was busy with is repeated by the proxy's middleware. */
  @Test
  void aDispatcher() {
    Report report = killUnderLoad("Dispatcher", Expected.tenants(), () -> {});

    Await.until(
        "both follow the table",
        RECOVERY,
        () -> application.status().path("placement").path("dispatchers").asInt() == 2);
    assertThat(report.failures()).isLessThanOrEqualTo(5);
  }

  /** 0 failures: no request passes through the controller. No replica is restarted. */
  @Test
  void theServeController() {
    SortedMap<String, SortedSet<Long>> before = dashboard.pids();
    try (CheckedLoad load = CheckedLoad.start(application, 4, Expected.tenants())) {
      awaitTraffic(load);
      long pid = dashboard.controllerPid();
      kill(pid);
      Await.until(
          "there is a new controller",
          RECOVERY,
          () -> dashboard.controllerPid() > 0 && dashboard.controllerPid() != pid);
      Await.untilAsserted(RECOVERY, () -> assertThat(dashboard.pids()).isEqualTo(before));
      dashboard.awaitHealthy();
      awaitPins();
      awaitTraffic(load);
      assertThat(recovered("the ServeController", load).failed()).isEmpty();
    }
    assertThat(dashboard.pids()).isEqualTo(before);
  }
}
