package io.manymodels.e2e;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.e2e.CheckedLoad.Report;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests that end or hold the process that runs them harm nobody but their tenant. */
class PoisonRequestIT {
  /** Different in every run: the quarantine of an earlier one may still be in force. */
  private static final String RUN = Long.toString(System.currentTimeMillis(), 36);

  private static final String CRASHING = "it-crashing-" + RUN;
  private static final String ENDLESS = "it-endless-" + RUN;
  private static final JsonNode TRAP = rows("[[-9223372036854775808, -1]]");
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  private final Application application = Application.running();
  private final Application direct = Application.direct();

  @AfterEach
  void removeTenants() {
    application.registry().remove(CRASHING);
    application.registry().remove(ENDLESS);
    application.root().awaitReady();
    application.fill();
  }

  private static JsonNode rows(String json) {
    return new Answer(200, Map.of(), json).ok();
  }

  private static void assertCrashed(Application asked) {
    Problems.check(asked, asked.score(CRASHING, TRAP), 502, "model-crashed");
  }

  private Set<Long> processes() {
    return application.root().processes().values().stream()
        .flatMap(Set::stream)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Each Dispatcher is asked, some of them more than once. */
  @Test
  @OnlyOnRay("one process ends as a whole: RestartIT has it")
  void aRequestThatEndsItsProcessIsTriedOnceAndThenRefused() {
    application.root().awaitReady();
    application.registry().publish(CRASHING, tinyOnnx("integer_division"));
    Set<Long> before = processes();
    try (CheckedLoad load = CheckedLoad.start(application, 2, Expected.tenants())) {
      assertThat(direct.score(CRASHING, rows("[[7, 2]]")).status()).isEqualTo(200);
      assertCrashed(direct);
      for (int i = 0; i < 4; i++) {
        assertCrashed(direct);
        assertCrashed(application);
      }
      assertThat(application.get("/status").ok().path("quarantined").findValuesAsText("tenant"))
          .contains(CRASHING);
      application.root().awaitReady();
      Set<Long> ended = new TreeSet<>(before);
      Await.untilAsserted(
          RECOVERY, () -> assertThat(processes()).hasSameSizeAs(before).isNotEqualTo(before));
      ended.removeAll(processes());
      assertThat(ended).as("processes that ended").hasSize(1);
      assertThat(direct.score(CRASHING, rows("[[9, 2]]")).status()).isEqualTo(200);

      Report report = load.stop();
      System.out.printf("FIGURE a request that ends its process: %s%n", report);
      assertThat(report.wrong()).isEmpty();
      assertThat(report.failed()).isEmpty();
    }
  }

  @Test
  void aRequestThatNeverEndsIsEndedAtItsDeadlineAndTheNextIsAnswered() {
    application.registry().publish(ENDLESS, tinyOnnx("loop_of_row"));
    Set<Long> before = processes();
    // More than a tenant has threads.
    for (int i = 0; i < 10; i++) {
      Answer answer =
          direct.send(
              direct.scoreRequest(ENDLESS, rows("[[9e15]]")).header("X-Request-Timeout-Ms", "300"));
      Problems.check(direct, answer, 504, "deadline-exceeded");
    }
    assertThat(direct.score(ENDLESS, rows("[[3]]")).status()).isEqualTo(200);
    assertThat(processes()).isEqualTo(before);
  }
}
