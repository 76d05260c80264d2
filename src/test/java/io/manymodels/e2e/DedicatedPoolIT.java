package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.e2e.CheckedLoad.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * POST /update_dedicated_pool: all or nothing, live when it answers, and never moved by traffic.
 */
class DedicatedPoolIT {
  private static final Map<String, String> EXAMPLE =
      Map.of("tenant19", "deployment9", "tenant21", "deployment10");
  private static final Map<String, String> SWAPPED =
      Map.of("tenant19", "deployment10", "tenant21", "deployment9");

  /** Enough that both Dispatchers answer some of them. */
  private static final int MANY = 40;

  private final Application application = Application.running();

  @BeforeEach
  @AfterEach
  void restore() {
    application.restorePool();
  }

  private void pin(Map<String, String> mapping) {
    Answer answer = application.replacePool(mapping);
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(Application.texts(answer.json())).isEqualTo(mapping);
  }

  /** Asks many times at once, so that no Dispatcher is left out. */
  private void assertAnsweredBy(String tenant, String deployment) {
    ExecutorService clients = Executors.newFixedThreadPool(4);
    try {
      List<Future<JsonNode>> answers = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        int row = i;
        answers.add(
            clients.submit(() -> application.score(tenant, Expected.row(tenant, row)).ok()));
      }
      for (int i = 0; i < MANY; i++) {
        JsonNode answer = answers.get(i).get();
        assertThat(answer.path("deployment").asText()).isEqualTo(deployment);
        assertThat(Expected.complaint(tenant, answer, i)).isEmpty();
      }
    } catch (Exception e) {
      throw new AssertionError("a client failed", e);
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void theExampleOfTheContract() {
    Answer answer = application.replacePool(EXAMPLE);

    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(answer.header("content-type")).hasValue("application/json");
    assertThat(Application.texts(answer.json())).isEqualTo(EXAMPLE);
    assertAnsweredBy("tenant19", "Deployment9");
    assertAnsweredBy("tenant21", "Deployment10");
    assertThat(application.dedicated()).isEqualTo(EXAMPLE);
    assertThat(application.placed()).containsAllEntriesOf(EXAMPLE);
    // Nobody else is pinned any more, and a dedicated deployment takes no dynamic tenant.
    assertThat(application.placed().get("tenant9")).isNotEqualTo("deployment9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"deployment9", "Deployment9"})
  void bothSpellingsOfADeploymentAreTaken(String spelling) {
    pin(Map.of("tenant25", spelling));

    assertThat(application.dedicated()).isEqualTo(Map.of("tenant25", "deployment9"));
    assertAnsweredBy("tenant25", "Deployment9");
  }

  @Test
  void theSameMappingTwiceIsTheSame() {
    pin(EXAMPLE);
    pin(EXAMPLE);

    assertAnsweredBy("tenant19", "Deployment9");
  }

  @Test
  void anEmptyMappingEmptiesThePool() {
    pin(Map.of());

    assertThat(application.dedicated()).isEmpty();
    try (CheckedLoad load = CheckedLoad.start(application, 2, Expected.tenants())) {
      Await.until("all are asked", Duration.ofSeconds(20), () -> load.answered() > 120);
      assertThat(load.stop().failed()).isEmpty();
    }
    assertThat(application.placed().values()).doesNotContain("deployment9", "deployment10");
  }

  @Test
  void aDynamicDeploymentTakesAPinThatTrafficDoesNotMove() {
    pin(Map.of("tenant19", "deployment9", "tenant30", "deployment4"));
    List<String> others = new ArrayList<>(Expected.tenants());
    others.removeAll(List.of("tenant19", "tenant30"));

    try (CheckedLoad load = CheckedLoad.start(application, 4, others)) {
      Await.until("much traffic of others", Duration.ofSeconds(30), () -> load.answered() > 400);
      assertThat(load.stop().failed()).isEmpty();
    }

    assertThat(application.placed())
        .containsEntry("tenant19", "deployment9")
        .containsEntry("tenant30", "deployment4");
    assertAnsweredBy("tenant19", "Deployment9");
    assertAnsweredBy("tenant30", "Deployment4");
  }

  @Test
  void everyWrongNameIsListedAndNothingChanges() {
    Map<String, String> mapping =
        Map.of(
            "tenant19", "deployment9",
            "tenant20", "deployment11",
            "tenant21", "nowhere",
            "tenant22", "Deploymentx",
            "tenant23", "SharedMemory",
            "tenant24", "",
            "it-nobody", "deployment10",
            "it-noone", "deployment99");
    JsonNode before = application.get("/deployment_map").ok().path("dedicated");

    Answer answer = application.replacePool(mapping);

    Problems.check(application, answer, 422, "dedicated-pool-refused");
    assertThat(Set.copyOf(answer.pointers()))
        .containsExactlyInAnyOrder(
            "/mapping/tenant20",
            "/mapping/tenant21",
            "/mapping/tenant22",
            "/mapping/tenant23",
            "/mapping/tenant24",
            "/mapping/it-nobody",
            "/mapping/it-noone");
    // it-noone is wrong twice: no such tenant, no such deployment.
    assertThat(answer.pointers()).filteredOn("/mapping/it-noone"::equals).hasSize(2);
    assertThat(answer.body()).contains("it-nobody", "Nowhere", "Deployment99");
    assertThat(application.get("/deployment_map").ok().path("dedicated")).isEqualTo(before);
    assertAnsweredBy("tenant9", "Deployment9");
  }

  @ParameterizedTest
  @CsvSource({"deployment9, Deployment9", "deployment3, deployment3"})
  void moreTenantsThanADeploymentTakesAre422(String first, String second) {
    Answer answer = application.replacePool(Map.of("tenant19", first, "tenant21", second));

    Problems.check(application, answer, 422, "dedicated-pool-refused");
    assertThat(answer.pointers()).hasSize(1);
    assertThat(application.dedicated()).isEqualTo(Application.INITIAL_POOL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{}",
        "{\"mapping\":null}",
        "{\"mapping\":[]}",
        "{\"mapping\":\"tenant19\"}",
        "{\"mapping\":{\"tenant19\":9}}",
        "{\"mapping\":{\"tenant19\":null}}",
        "{\"mapping\":{\"tenant19\":[\"deployment9\"]}}",
        "{\"mapping\":{\"../x\":\"deployment9\"}}",
        "{\"mapping\":{\"\":\"deployment9\"}}",
        "{\"mapping\":{\"tenant19\":\"deployment9\",\"tenant19\":\"deployment10\"}}",
        "{\"mapping\":{\"tenant19\":\"deployment9\"}} x",
        "{\"mapping\":{\"tenant19\":\"deployment9\"}"
      })
  void aMalformedMappingIs400(String body) {
    Answer answer =
        application.send(
            application
                .jsonRequest("/update_dedicated_pool", body)
                .header("Authorization", "Bearer " + application.token()));

    Problems.check(application, answer, 400, "invalid-input");
    assertThat(application.dedicated()).isEqualTo(Application.INITIAL_POOL);
  }

  @Test
  void withoutATokenItIs401() {
    Problems.check(
        application, application.send(application.poolRequest(EXAMPLE)), 401, "unauthenticated");
    assertThat(application.dedicated()).isEqualTo(Application.INITIAL_POOL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic dXNlcjpwYXNz", "Bearer", "Bearer  ", "token", ""})
  void anotherSchemeIs401(String authorization) {
    Answer answer =
        application.send(application.poolRequest(EXAMPLE).header("Authorization", authorization));

    Problems.check(application, answer, 401, "unauthenticated");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer wrong", "bearer x", "Bearer null"})
  void aWrongTokenIs403(String authorization) {
    Answer answer =
        application.send(application.poolRequest(EXAMPLE).header("Authorization", authorization));

    Problems.check(application, answer, 403, "forbidden");
    assertThat(application.dedicated()).isEqualTo(Application.INITIAL_POOL);
  }

  @Test
  void aTokenCutShortOrWithMoreIs403() {
    String token = application.token();
    for (String wrong : List.of(token.substring(1), token + "0", token + "," + token)) {
      Answer answer =
          application.send(
              application.poolRequest(EXAMPLE).header("Authorization", "Bearer " + wrong));
      Problems.check(application, answer, 403, "forbidden");
    }
    assertThat(application.dedicated()).isEqualTo(Application.INITIAL_POOL);
  }

  /** A request that is not allowed is not looked at either. */
  @Test
  void theTokenIsCheckedBeforeTheBody() {
    Problems.check(
        application, application.postJson("/update_dedicated_pool", "{"), 401, "unauthenticated");
  }

  @Test
  void itIsReplacedAsAWholeUnderLoad() {
    pin(EXAMPLE);
    List<String> tenants =
        List.of("tenant19", "tenant21", "tenant1", "tenant2", "tenant9", "tenant10", "tenant27");
    Set<Map<String, String>> seen = ConcurrentHashMap.newKeySet();

    try (CheckedLoad load = CheckedLoad.start(application, 4, tenants)) {
      ExecutorService observer = Executors.newSingleThreadExecutor();
      Future<?> observed =
          observer.submit(
              () -> {
                while (!Thread.currentThread().isInterrupted()) {
                  seen.add(application.dedicated());
                }
              });
      for (int i = 0; i < 6; i++) {
        Map<String, String> mapping = i % 2 == 0 ? SWAPPED : EXAMPLE;
        pin(mapping);
        mapping.forEach(
            (tenant, deployment) -> assertAnsweredBy(tenant, deployment.replaceFirst("^d", "D")));
      }
      var unused = observed.cancel(true);
      observer.shutdownNow();
      Report report = load.stop();
      assertThat(report.failed()).isEmpty();
      assertThat(report.wrong()).isEmpty();
      assertThat(report.answered()).isPositive();
    }
    assertThat(seen).containsOnly(EXAMPLE, SWAPPED);
  }

  @Test
  void ofConcurrentChangesOneWinsAsAWhole() throws Exception {
    List<Map<String, String>> mappings =
        List.of(
            EXAMPLE,
            SWAPPED,
            Map.of("tenant22", "deployment9"),
            Map.of("tenant23", "deployment10", "tenant24", "deployment1"));
    ExecutorService clients = Executors.newFixedThreadPool(mappings.size());
    try {
      Map<Map<String, String>, Future<Answer>> answers = new HashMap<>();
      mappings.forEach(
          mapping -> answers.put(mapping, clients.submit(() -> application.replacePool(mapping))));
      for (Future<Answer> answer : answers.values()) {
        assertThat(answer.get().status()).isEqualTo(200);
      }
    } finally {
      clients.shutdownNow();
    }
    Map<String, String> winner = application.dedicated();
    assertThat(mappings).contains(winner);
    winner.forEach(
        (tenant, deployment) -> assertAnsweredBy(tenant, deployment.replaceFirst("^d", "D")));
  }
}
