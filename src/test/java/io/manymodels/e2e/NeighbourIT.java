package io.manymodels.e2e;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All tenants share the process, and a dedicated one has its lane in it whatever others do. */
@OnlyInOneProcess("on Ray, a dedicated tenant has a process of its own")
class NeighbourIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int NEIGHBOURS = 4;
  private static final int CLIENTS = 8;
  private static final int ASKED = 100;

  /** Of the tenant with the place; far below that of the neighbours. */
  private static final String PATIENCE_MILLIS = "1000";

  private static final JsonNode QUICK = Answer.read("[[3]]");
  private static final JsonNode ENDLESS = Answer.read("[[9e15]]");

  @TempDir private Path folder;
  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicInteger ended = new AtomicInteger();

  @Test
  void aDedicatedTenantIsAnsweredBesideModelsThatNeverEnd() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (OneProcessRoot root = OneProcessRoot.start(OneProcessRoot.demo(folder.resolve("a")))) {
      Application application = Application.of(root);
      List<String> neighbours =
          IntStream.range(0, NEIGHBOURS).mapToObj(i -> "it-slow-" + i).toList();
      for (String neighbour : neighbours) {
        application.registry().publish(neighbour, tinyOnnx("loop_of_row"));
        // Quick so far: such a model predicts on the thread that reads requests.
        for (int i = 0; i < 20; i++) {
          assertThat(application.score(neighbour, QUICK).status()).isEqualTo(200);
        }
      }
      List<Future<?>> noise = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String neighbour = neighbours.get(i % NEIGHBOURS);
        noise.add(clients.submit(() -> askForTheEndless(application, neighbour)));
      }
      Await.until("all are slow", SOON, () -> ended.get() >= CLIENTS);

      for (int i = 0; i < ASKED; i++) {
        Answer answer =
            application.send(
                application
                    .scoreRequest("tenant9", Expected.row("tenant9", i))
                    .header("X-Request-Timeout-Ms", PATIENCE_MILLIS));
        assertThat(answer.ok().path("deployment").asText()).isEqualTo("Deployment9");
        assertThat(Expected.complaint("tenant9", answer.json(), i)).isEmpty();
      }

      done.set(true);
      for (Future<?> each : noise) {
        assertThat(each.get()).isNull();
      }
    } finally {
      done.set(true);
      clients.shutdownNow();
    }
  }

  private void askForTheEndless(Application application, String neighbour) {
    while (!done.get()) {
      Answer answer =
          application.send(
              application.scoreRequest(neighbour, ENDLESS).header("X-Request-Timeout-Ms", "1500"));
      // Beside each other's, they may also be too many.
      assertThat(answer.status()).as("%s", answer).isIn(429, 503, 504);
      ended.incrementAndGet();
    }
  }
}
