package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The quotas of tenants, by the Dispatcher's user_config: however many Dispatchers there are. */
class QuotaIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SETTLING = Duration.ofSeconds(5);
  private static final Duration MEASURED = Duration.ofSeconds(15);
  private static final int PER_SECOND = 20;
  private static final int CLIENTS = 6;

  /**
   * The JDK's client closes a kept connection when an answer comes before its selector has noticed
   * that the connection is in use again (jdk.internal.net.http.ConnectionPool.CleanupTrigger, 17).
   */
  private static final int MAX_LOST = 1;

  private final Application application = Application.running();

  @AfterEach
  void restore() {
    application.root().restoreConfiguration();
    Await.until("nobody has a quota", PATIENCE, () -> burst(40) == 40);
  }

  private void quotas(String quotas) {
    application.root().configure(Map.of("Dispatcher", "{\"tenant_quotas\": " + quotas + "}"));
  }

  private HttpRequest.Builder request() {
    return application.scoreRequest("tenant2", Expected.row("tenant2", 0));
  }

  private Answer score() {
    return application.send(request());
  }

  private int burst(int requests) {
    int admitted = 0;
    for (int i = 0; i < requests; i++) {
      admitted += score().status() == 200 ? 1 : 0;
    }
    return admitted;
  }

  /** The first refusal of requests one after the other. */
  private Answer refused() {
    return Stream.generate(this::score)
        .limit(50L * PER_SECOND)
        .filter(answer -> answer.status() != 200)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aTenantGetsWhatItsQuotaSaysAndOthersAreNotTouched() throws Exception {
    quotas("{\"tenant2\": {\"requests_per_second\": " + PER_SECOND + "}}");

    Await.until("it is in force", PATIENCE, () -> burst(3 * PER_SECOND) < 3 * PER_SECOND);
    Problems.check(application, refused(), 429, "quota-exceeded");
    int unused = admitted(SETTLING);
    double perSecond = (double) admitted(MEASURED) / MEASURED.toSeconds();
    assertThat(perSecond).isCloseTo(PER_SECOND, within(PER_SECOND * 0.1));
    assertThat(application.score("tenant1", Expected.row("tenant1", 0)).status()).isEqualTo(200);
  }

  /** What several clients get who ask as fast as they can. */
  private int admitted(Duration time) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    Callable<Integer> client =
        () -> {
          int admitted = 0;
          int lost = 0;
          while (System.nanoTime() < end) {
            try {
              int status = application.trySend(request()).status();
              assertThat(status).isIn(200, 429);
              admitted += status == 200 ? 1 : 0;
            } catch (IOException e) {
              lost++;
            }
          }
          assertThat(lost).isLessThanOrEqualTo(MAX_LOST);
          return admitted;
        };
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<Integer>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        running.add(clients.submit(client));
      }
      int all = 0;
      for (Future<Integer> each : running) {
        all += each.get();
      }
      return all;
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void rowsHaveAQuotaToo() {
    quotas("{\"tenant2\": {\"rows_per_second\": 50, \"burst_s\": 0.5}}");

    Await.untilAsserted(
        PATIENCE,
        () -> {
          Answer answer = application.score("tenant2", Expected.manyRows("tenant2", 26));
          Problems.check(application, answer, 413, "payload-too-large");
        });
    Await.untilAsserted(
        PATIENCE,
        () -> {
          Answer answer = application.score("tenant2", Expected.manyRows("tenant2", 25));
          Problems.check(application, answer, 429, "quota-exceeded");
        });
    Await.until("there are rows again", PATIENCE, () -> score().status() == 200);
  }
}
