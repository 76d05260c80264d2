package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.e2e.CheckedLoad.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Traffic places tenants: promoted after they are asked for, the least recently used one leaves.
 */
class DynamicPoolIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final Application application = Application.running();

  @BeforeEach
  void settled() {
    application.restorePool();
    application.fill();
  }

  private List<String> unplaced() {
    List<String> unplaced = new ArrayList<>(Expected.tenants());
    unplaced.removeAll(application.placed().keySet());
    return unplaced;
  }

  private List<String> dynamic() {
    SortedMap<String, String> placed = application.placed();
    placed.keySet().removeAll(application.dedicated().keySet());
    return List.copyOf(placed.keySet());
  }

  private double benefit(String tenant) {
    return application.get("/placement/" + tenant).ok().path("demand").path("benefit").asDouble();
  }

  private void askUntilPromoted(String tenant) {
    Await.until(
        tenant + " is promoted",
        SOON,
        () -> {
          JsonNode answer = application.score(tenant, Expected.row(tenant, 0)).ok();
          assertThat(answer.path("model").asText()).isEqualTo(tenant);
          return application.placed().containsKey(tenant);
        });
  }

  @Test
  void anUnplacedTenantIsAnsweredByDeploymentxAndThenPromoted() {
    String tenant = unplaced().get(0);
    long promotions = application.status().path("placement").path("promotions").asLong();

    JsonNode first = application.score(tenant, Expected.rows(tenant)).ok();
    assertThat(first.path("deployment").asText()).isEqualTo("Deploymentx");
    assertThat(Expected.complaint(tenant, first)).isEmpty();
    assertThat(first.path("deployment_map").has(tenant)).isFalse();

    askUntilPromoted(tenant);
    Await.untilAsserted(
        SOON,
        () -> {
          JsonNode later = application.score(tenant, Expected.rows(tenant)).ok();
          String deployment = later.path("deployment").asText();
          assertThat(deployment).matches("Deployment[1-8]");
          assertThat(deployment).isEqualToIgnoringCase(application.placed().get(tenant));
          assertThat(Expected.complaint(tenant, later)).isEmpty();
        });
    Await.until(
        "the promotion is counted",
        SOON,
        () -> application.status().path("placement").path("promotions").asLong() > promotions);
  }

  @Test
  void theTenantThatIsAskedForLeastMakesRoom() {
    List<String> dynamic = dynamic();
    assertThat(dynamic).hasSize(8);
    // Earlier tests asked for some of them hundreds of times: that counts, so it has to be the
    // least.
    String idle = Collections.min(dynamic, Comparator.comparingDouble(this::benefit));
    List<String> busy = new ArrayList<>(dynamic);
    busy.remove(idle);
    String newcomer = unplaced().get(0);

    try (CheckedLoad load = CheckedLoad.start(application, 2, busy)) {
      Await.until(
          "the others are worth more than it, by far",
          Duration.ofSeconds(60),
          () -> {
            double most = 3 * benefit(idle);
            return load.answered() >= 70 && busy.stream().allMatch(other -> benefit(other) > most);
          });
      askUntilPromoted(newcomer);
      assertThat(application.placed())
          .doesNotContainKey(idle)
          .containsKeys(busy.toArray(String[]::new));
      assertThat(load.stop().failed()).isEmpty();
    }
    JsonNode evicted = application.score(idle, Expected.rows(idle)).ok();
    assertThat(evicted.path("deployment").asText()).isEqualTo("Deploymentx");
    assertThat(Expected.complaint(idle, evicted)).isEmpty();
  }

  /** More tenants than places, and none of them placed: the table changes under the requests. */
  @Test
  void underLoadEveryAnswerIsRightAndTheTableConsistent() {
    JsonNode before = application.status().path("placement");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);

    try (CheckedLoad load = CheckedLoad.start(application, 8, unplaced())) {
      Await.until(
          "15 s of load",
          Duration.ofSeconds(60),
          () -> {
            assertConsistent(application.get("/deployment_map").ok());
            return System.nanoTime() - end > 0;
          });
      Report report = load.stop();
      System.out.printf("FIGURE 8 clients, all tenants, 15 s: %s%n", report);
      assertThat(report.failed()).isEmpty();
      assertThat(report.wrong()).isEmpty();
      assertThat(report.answered()).isGreaterThan(300);
    }

    application.awaitTableHeld(Duration.ofSeconds(2));
    JsonNode after = application.status().path("placement");
    assertThat(after.path("promotions").asLong()).isGreaterThan(before.path("promotions").asLong());
    assertThat(after.path("evictions").asLong()).isGreaterThan(before.path("evictions").asLong());
    assertThat(after.path("placed").asInt()).isEqualTo(10);
  }

  private static void assertConsistent(JsonNode document) {
    Map<String, String> placed = Application.texts(document.path("deployment_map"));
    assertThat(placed.values())
        .as("one tenant a deployment in %s", document)
        .doesNotHaveDuplicates()
        .allMatch(deployment -> deployment.matches("deployment([1-9]|10)"));
    assertThat(Expected.tenants()).containsAll(placed.keySet());
    assertThat(Application.texts(document.path("dedicated"))).isEqualTo(Application.INITIAL_POOL);
    assertThat(placed).containsAllEntriesOf(Application.INITIAL_POOL);
  }
}
