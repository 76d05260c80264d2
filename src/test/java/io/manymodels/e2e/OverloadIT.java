package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.e2e.CheckedLoad.Report;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** More requests than the Dispatcher's user_config allows: 429 for one tenant, 503 for all. */
class OverloadIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CLIENTS = 12;
  private static final int ROWS = 8_000;

  private final Application application = Application.running();

  @AfterEach
  void restore() {
    application.root().restoreConfiguration();
    Await.until(
        "the old limits are in force again",
        PATIENCE,
        () -> refusedAmong("tenant2", CLIENTS).isEmpty());
  }

  @Test
  void aTenantOverItsShareIs429() {
    limits("{\"max_in_flight\": 60, \"max_in_flight_per_tenant\": 1}");

    try (CheckedLoad others = CheckedLoad.start(application, 1, List.of("tenant1", "tenant9"))) {
      Await.untilAsserted(
          PATIENCE,
          () ->
              assertThat(refusedAmong("tenant2", CLIENTS))
                  .isNotEmpty()
                  .allSatisfy(
                      answer -> Problems.check(application, answer, 429, "tenant-over-share")));
      long answered = others.answered();
      Await.until("the others go on", PATIENCE, () -> others.answered() > answered);

      Report report = others.stop();
      assertThat(report.failed()).isEmpty();
      assertThat(report.wrong()).isEmpty();
    }
    assertThat(application.score("tenant2", Expected.row("tenant2", 0)).status()).isEqualTo(200);
  }

  @Test
  void tooManyRequestsAre503() {
    limits("{\"max_in_flight\": 1, \"max_in_flight_per_tenant\": 1}");

    Await.untilAsserted(
        PATIENCE,
        () ->
            assertThat(refusedAmong("tenant2", CLIENTS))
                .anySatisfy(answer -> Problems.check(application, answer, 503, "overloaded")));
    assertThat(application.score("tenant2", Expected.row("tenant2", 0)).status()).isEqualTo(200);
  }

  private void limits(String dispatcher) {
    application.root().configure(Map.of("Dispatcher", dispatcher));
  }

  /** Sends as many large requests at once; the answers other than 200, the right ones checked. */
  private List<Answer> refusedAmong(String tenant, int count) {
    var rows = Expected.manyRows(tenant, ROWS);
    Queue<Answer> refused = new ConcurrentLinkedQueue<>();
    ExecutorService pool = Executors.newFixedThreadPool(count);
    try {
      Callable<Void> request =
          () -> {
            Answer answer = application.score(tenant, rows);
            if (answer.status() == 200) {
              assertThat(answer.json().path("prediction")).hasSize(ROWS);
            } else {
              refused.add(answer);
            }
            return null;
          };
      for (Future<Void> done : pool.invokeAll(java.util.Collections.nCopies(count, request))) {
        var unused = done.get();
      }
    } catch (Exception e) {
      throw new AssertionError("a client failed", e);
    } finally {
      pool.shutdownNow();
    }
    return List.copyOf(refused);
  }
}
