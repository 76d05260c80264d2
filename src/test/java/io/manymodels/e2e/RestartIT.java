package io.manymodels.e2e;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.e2e.CheckedLoad.Report;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process ends, by whatever, and is started again as it was: on its port, with its state. */
@OnlyInOneProcess("FaultsIT has Serve's replicas")
class RestartIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Map<String, String> POOL =
      new TreeMap<>(Map.of("tenant19", "deployment9", "tenant21", "deployment10"));
  private static final String CRASHING = "it-crashing";
  private static final JsonNode TRAP = Answer.read("[[-9223372036854775808, -1]]");
  private static final int SIGTERM = 143;
  private static final int SIGKILL = 137;

  @TempDir private Path folder;
  private OneProcessRoot root;
  private Application application;

  @BeforeEach
  void pin() {
    root = OneProcessRoot.start(OneProcessRoot.demo(folder.resolve("a")));
    application = Application.of(root);
    assertThat(application.replacePool(POOL).status()).isEqualTo(200);
  }

  @AfterEach
  void close() {
    root.close();
  }

  private void assertPinsKept() {
    assertThat(application.dedicated()).isEqualTo(POOL);
    POOL.forEach(
        (tenant, deployment) ->
            Await.untilAsserted(
                SOON,
                () -> {
                  JsonNode answer = application.score(tenant, Expected.rows(tenant)).ok();
                  assertThat(answer.path("deployment").asText()).isEqualToIgnoringCase(deployment);
                  assertThat(Expected.complaint(tenant, answer)).isEmpty();
                }));
  }

  @Test
  void pinsAndTheirHistorySurviveSigterm() {
    JsonNode before = application.get("/placement/tenant19").ok();
    root.terminate();
    assertThat(root.ended().exitCode()).isEqualTo(SIGTERM);

    root.restart();

    assertPinsKept();
    JsonNode after = application.get("/placement/tenant19").ok();
    assertThat(after.path("pinned").asBoolean()).isTrue();
    assertThat(after.path("events").findValuesAsText("sequence"))
        .as("%s, after %s", after, before)
        .containsAll(before.path("events").findValuesAsText("sequence"));
  }

  /** Requests fail while nobody listens; no answer is wrong, before or after. */
  @Test
  void killedUnderLoadItComesBackWithItsPins() {
    try (CheckedLoad load = CheckedLoad.start(application, 4, Expected.tenants())) {
      Await.until("there is traffic", SOON, () -> load.answered() > 200);
      assertThat(root.kill().exitCode()).isEqualTo(SIGKILL);

      root.restart();

      assertPinsKept();
      long answered = load.answered();
      Await.until("there is traffic again", SOON, () -> load.answered() > answered + 200);
      Report report = load.stop();
      System.out.printf("FIGURE kill -9 of the one process: %s%n", report);
      assertThat(report.wrong()).isEmpty();
      assertThat(report.failed().keySet()).allMatch(how -> how.startsWith("no answer: "));
    }
  }

  /** The next process reads in the journal of the last one what it was busy with. */
  @Test
  void aRequestThatEndsTheProcessIsRefusedByTheNext() {
    application.registry().publish(CRASHING, tinyOnnx("integer_division"));
    assertThat(application.score(CRASHING, Answer.read("[[7, 2]]")).status()).isEqualTo(200);

    assertNoAnswer();
    assertThat(root.ended().exitCode()).isNotZero();
    root.restart();

    Problems.check(application, application.score(CRASHING, TRAP), 502, "model-crashed");
    assertThat(application.status().path("quarantined").findValuesAsText("tenant"))
        .contains(CRASHING);
    assertThat(application.score(CRASHING, Answer.read("[[9, 2]]")).status()).isEqualTo(200);
    assertPinsKept();
  }

  private void assertNoAnswer() {
    try {
      throw new AssertionError(
          application.trySend(application.scoreRequest(CRASHING, TRAP)).toString());
    } catch (java.io.IOException expected) {
      assertThat(expected).isNotNull();
    }
  }
}
