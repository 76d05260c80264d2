package io.manymodels.e2e;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM: health turns first, and no request that is accepted fails. */
@OnlyInOneProcess("Serve drains its replicas by a call; chaos has that")
class DrainIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int CLIENTS = 6;
  private static final int SIGTERM = 143;
  private static final String SLOW = "it-slow";
  private static final String ENDLESS = "[[9e15]]";

  @TempDir private Path folder;
  private final AtomicInteger answered = new AtomicInteger();

  @Test
  void noRequestFailsAndHealthTurnsFirst() throws Exception {
    Serve serve = OneProcessRoot.demo(folder.resolve("a")).variable("MANY_MODELS_DRAIN_S", 6);
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (OneProcessRoot root = OneProcessRoot.start(serve)) {
      Application application = Application.of(root);
      List<Future<Integer>> ends = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String tenant = Expected.tenants().get(i);
        ends.add(clients.submit(() -> askUntilToldToGo(application, tenant)));
      }
      Await.until("there is traffic", SOON, () -> answered.get() > 200);
      assertThat(application.get("/-/ready").status()).isEqualTo(200);

      root.terminate();

      Await.until("it is not ready", SOON, () -> application.get("/-/ready").status() == 503);
      assertThat(application.get("/-/healthz").status()).as("it still lives").isEqualTo(200);
      for (Future<Integer> end : ends) {
        assertThat(end.get()).as("answers to a client").isPositive();
      }
      // Whoever has not heard of it yet is answered too, also where the model is yet to be loaded.
      List<String> others = Expected.tenants().subList(CLIENTS, Expected.tenants().size());
      for (String tenant : others) {
        assertThat(askUntilToldToGo(application, tenant)).isZero();
      }
      assertThat(root.ended().exitCode()).isEqualTo(SIGTERM);
    } finally {
      clients.shutdownNow();
    }
  }

  /**
   * Over connections that are kept, as long as answers do not say that they end; returns how many
   * did not.
   */
  private int askUntilToldToGo(Application application, String tenant) throws IOException {
    for (int row = 0; ; row++) {
      Answer answer =
          application.trySend(application.scoreRequest(tenant, Expected.row(tenant, row)));
      JsonNode json = answer.ok();
      assertThat(Expected.complaint(tenant, json, row)).isEmpty();
      answered.incrementAndGet();
      if ("close".equals(answer.headers().get("connection"))) {
        return row;
      }
    }
  }

  @Test
  void aRequestThatIsUnderWayIsAnswered() throws Exception {
    Serve serve = OneProcessRoot.demo(folder.resolve("a")).variable("MANY_MODELS_DRAIN_S", 0);
    ExecutorService client = Executors.newSingleThreadExecutor();
    try (OneProcessRoot root = OneProcessRoot.start(serve)) {
      Application application = Application.of(root);
      root.configure(Map.of("Dispatcher", "{\"max_in_flight_per_tenant\": 1}"));
      application.registry().publish(SLOW, tinyOnnx("loop_of_row"));
      assertThat(ask(application, "[[3]]", 10_000).status()).isEqualTo(200);
      Future<Answer> slow = client.submit(() -> askUntilTaken(application));
      Await.until("it is under way", SOON, () -> ask(application, "[[3]]", 10_000).status() == 429);

      root.terminate();

      Problems.check(application, slow.get(), 504, "deadline-exceeded");
      assertThat(root.ended().exitCode()).isEqualTo(SIGTERM);
    } finally {
      client.shutdownNow();
    }
  }

  /** Until it is not this request that is refused for another one's sake. */
  private static Answer askUntilTaken(Application application) {
    Answer answer = ask(application, ENDLESS, 3_000);
    return answer.status() == 429 ? askUntilTaken(application) : answer;
  }

  private static Answer ask(Application application, String rows, int timeoutMillis) {
    return application.send(
        application
            .scoreRequest(SLOW, Answer.read(rows))
            .header("X-Request-Timeout-Ms", Integer.toString(timeoutMillis)));
  }
}
