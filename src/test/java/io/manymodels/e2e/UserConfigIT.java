package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.e2e.CheckedLoad.Report;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A user_config changed at runtime: no replica restarts, no request fails, nonsense is refused. */
class UserConfigIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** A tenant that is named before it has a model. */
  private static final String LATE = "it-late";

  private final Application application = Application.running();
  private SortedMap<String, SortedSet<Long>> pids;

  @BeforeEach
  void rememberProcesses() {
    application.restorePool();
    application.fill();
    pids = application.root().processes();
  }

  @AfterEach
  void restore() {
    application.root().restoreConfiguration();
    application.restorePool();
    application.registry().remove(LATE);
    Await.untilAsserted(SOON, () -> assertThat(refused()).isEmpty());
    assertThat(application.root().processes()).as("no replica was restarted").isEqualTo(pids);
  }

  private SortedMap<String, String> refused() {
    return Application.texts(application.status().path("refused"));
  }

  private void deploy(Map<String, String> userConfigs) {
    application.root().configure(userConfigs);
    assertThat(application.root().processes()).as("no replica was restarted").isEqualTo(pids);
  }

  @Test
  void aChangedTenantMovesWhileRequestsGoOn() {
    List<String> tenants = List.of("tenant9", "tenant22", "tenant10", "tenant1", "tenant2");

    try (CheckedLoad load = CheckedLoad.start(application, 4, tenants)) {
      deploy(Map.of("Deployment9", "{\"tenant\": \"tenant22\", \"pool\": \"dedicated\"}"));
      Await.untilAsserted(
          SOON,
          () ->
              assertThat(application.dedicated())
                  .isEqualTo(Map.of("tenant22", "deployment9", "tenant10", "deployment10")));
      Await.untilAsserted(SOON, () -> assertThat(answeredBy("tenant22")).isEqualTo("Deployment9"));
      application.root().restoreConfiguration();
      Await.untilAsserted(
          SOON, () -> assertThat(application.dedicated()).isEqualTo(Application.INITIAL_POOL));
      Await.untilAsserted(SOON, () -> assertThat(answeredBy("tenant9")).isEqualTo("Deployment9"));
      Report report = load.stop();
      System.out.printf("FIGURE user_config changed twice under load: %s%n", report);
      assertThat(report.failed()).isEmpty();
      assertThat(report.wrong()).isEmpty();
    }
    assertThat(refused()).isEmpty();
  }

  private String answeredBy(String tenant) {
    return application.score(tenant, Expected.row(tenant, 0)).ok().path("deployment").asText();
  }

  @Test
  void aLargerCapacityHoldsMoreTenants() {
    deploy(
        Map.of(
            "Deployment9",
            "{\"tenants\": [\"tenant9\", \"tenant23\", \"tenant24\"], \"capacity\": 3,"
                + " \"pool\": \"dedicated\"}"));

    Await.untilAsserted(
        SOON,
        () ->
            assertThat(application.dedicated())
                .isEqualTo(
                    Map.of(
                        "tenant9", "deployment9",
                        "tenant23", "deployment9",
                        "tenant24", "deployment9",
                        "tenant10", "deployment10")));
    for (String tenant : List.of("tenant9", "tenant23", "tenant24")) {
      Await.untilAsserted(SOON, () -> assertThat(answeredBy(tenant)).isEqualTo("Deployment9"));
    }
    assertThat(hot("Deployment9").path("capacity").asInt()).isEqualTo(3);
  }

  private JsonNode hot(String deployment) {
    for (JsonNode hot : application.status().path("placement").path("hot")) {
      if (hot.path("deployment").asText().equals(deployment)) {
        return hot;
      }
    }
    throw new AssertionError("no status of " + deployment);
  }

  @Test
  void theMapLeavesTheAnswersPastItsLimit() {
    deploy(Map.of("Dispatcher", "{\"deployment_map_limit\": 9}"));

    Await.untilAsserted(
        SOON,
        () -> {
          for (int i = 0; i < 10; i++) {
            assertThat(
                    application
                        .score("tenant1", Expected.row("tenant1", 0))
                        .ok()
                        .has("deployment_map"))
                .isFalse();
          }
        });
    assertThat(application.placed()).hasSize(10);
  }

  /** Each key of these is refused with a message that names key, value and what is allowed. */
  private static final Map<String, String> INVALID =
      Map.of(
          "Deployment4", "{\"tenant\": \"tenant4\", \"colour\": \"red\"}",
          "Deployment5", "{\"tenant\": \"tenant5\", \"capacity\": 0}",
          "Deployment6", "{\"tenant\": \"tenant6\", \"capacity\": \"two\"}",
          "Deployment7", "{\"tenant\": \"it-nobody\"}",
          "Deployment8", "{\"tenant\": \"tenant8\", \"pool\": \"shared\"}",
          "Deployment9", "{\"tenant\": \"../x\", \"pool\": \"dedicated\"}",
          "Deployment10", "{\"tenants\": [\"tenant10\", \"tenant22\"], \"pool\": \"dedicated\"}",
          "SharedMemory", "{\"max_moves_per_second\": 0}",
          "Deploymentx", "{\"capacity\": -1}",
          "Dispatcher", "{\"max_in_flight\": 1.5}");

  private static final Map<String, List<String>> REASONS =
      Map.of(
          "Deployment4", List.of("colour", "tenant", "tenants", "capacity", "pool"),
          "Deployment5", List.of("capacity", "0", "1..100000"),
          "Deployment6", List.of("capacity", "two", "whole number"),
          "Deployment7", List.of("it-nobody", "until the registry has a model"),
          "Deployment8", List.of("pool", "shared", "dynamic, dedicated"),
          "Deployment9", List.of("tenant", "../x", "1..128 characters"),
          "Deployment10", List.of("tenants", "2", "capacity 1"),
          "SharedMemory", List.of("max_moves_per_second", "0", "1..10000"),
          "Deploymentx", List.of("capacity", "-1", "1..1000000"),
          "Dispatcher", List.of("max_in_flight", "1.5", "whole number"));

  @Test
  void invalidOnesAreRefusedVisiblyAndHarmNobody() {
    Map<String, String> pool = application.dedicated();

    try (CheckedLoad load = CheckedLoad.start(application, 3, Expected.tenants())) {
      deploy(INVALID);
      Await.untilAsserted(SOON, this::assertAllRefused);
      long answered = load.answered();
      Await.until("requests go on", SOON, () -> load.answered() > answered + 100);
      assertThat(application.root().processes()).isEqualTo(pids);
      assertThat(application.dedicated()).isEqualTo(pool);
      application.root().awaitReady();

      application.root().restoreConfiguration();
      Await.untilAsserted(SOON, () -> assertThat(refused()).isEmpty());
      Report report = load.stop();
      System.out.printf("FIGURE 10 invalid user_configs under load: %s%n", report);
      assertThat(report.failed()).isEmpty();
      assertThat(report.wrong()).isEmpty();
    }
  }

  private void assertAllRefused() {
    SortedMap<String, String> refused = refused();
    REASONS.forEach(
        (deployment, parts) ->
            assertThat(refused.entrySet())
                .as("refusal of %s", deployment)
                .filteredOn(entry -> isOf(entry.getKey(), deployment))
                .singleElement()
                .satisfies(entry -> assertThat(entry.getValue()).contains(parts)));
    assertThat(refused).hasSameSizeAs(REASONS);
  }

  /** Whether a key of `refused` is the deployment, or one of its replicas. */
  private static boolean isOf(String key, String deployment) {
    return key.equals(deployment) || key.contains("#" + deployment + "#");
  }

  @Test
  void aTenantWithoutAModelIsNamedAndTakesItsPlaceWhenItHasOne() {
    deploy(
        Map.of(
            "Deployment9",
            "{\"tenants\": [\"tenant9\", \"it-late\"], \"capacity\": 2, \"pool\": \"dedicated\"}"));

    Await.untilAsserted(
        SOON,
        () -> {
          assertThat(refused()).containsOnlyKeys("Deployment9");
          assertThat(refused().get("Deployment9"))
              .contains("until the registry has a model", LATE)
              .doesNotContain("tenant9");
          assertThat(application.get("/metrics").body())
              .contains("\nmms_user_configs_refused 1.0\n");
          assertThat(hot("Deployment9").path("capacity").asInt()).isEqualTo(2);
        });
    assertThat(application.dedicated()).isEqualTo(Application.INITIAL_POOL);
    assertThat(answeredBy("tenant9")).isEqualTo("Deployment9");

    application.registry().publish(LATE, application.registry().artifact("tenant1"));

    Await.untilAsserted(
        SOON,
        () -> {
          assertThat(application.dedicated()).containsEntry(LATE, "deployment9");
          assertThat(refused()).isEmpty();
          assertThat(application.get("/metrics").body())
              .contains("\nmms_user_configs_refused 0.0\n");
        });
    Answer answer = application.score(LATE, Expected.row("tenant1", 0));
    assertThat(answer.ok().path("deployment").asText()).isEqualTo("Deployment9");
    assertThat(answer.ok().path("model").asText()).isEqualTo(LATE);
    assertThat(application.dedicated()).containsAllEntriesOf(Application.INITIAL_POOL);
  }

  @Test
  void aTenantInTwoDeploymentsIsRefusedInOne() {
    deploy(
        Map.of(
            "Deployment9", "{\"tenant\": \"tenant22\", \"pool\": \"dedicated\"}",
            "Deployment10", "{\"tenant\": \"tenant22\", \"pool\": \"dedicated\"}"));

    Await.untilAsserted(
        SOON,
        () -> {
          assertThat(refused()).hasSize(1);
          assertThat(refused().values()).allMatch(why -> why.contains("tenant22"));
          assertThat(application.dedicated()).containsKey("tenant22");
        });
  }
}
