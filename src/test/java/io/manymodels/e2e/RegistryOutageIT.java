package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The registry goes away: who has a place keeps it, and who lost it just before is served. */
class RegistryOutageIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Application application = Application.running();

  @BeforeEach
  void settled() {
    application.restorePool();
    application.fill();
  }

  @AfterEach
  void restore() {
    application.registry().show();
    application.root().awaitReady();
  }

  private JsonNode ask(String tenant) {
    JsonNode answer = application.score(tenant, Expected.rows(tenant)).ok();
    assertThat(Expected.complaint(tenant, answer)).isEmpty();
    return answer;
  }

  private void askUntilPromoted(String tenant) {
    Await.until(
        tenant + " is promoted",
        SOON,
        () -> {
          ask(tenant);
          return application.placed().containsKey(tenant);
        });
  }

  @Test
  void nobodyLosesHisPlaceAndWhoLostItBeforeIsServed() {
    // So that Deploymentx knows of nobody.
    application.root().kill("Deploymentx");
    application.fill();
    SortedMap<String, String> before = application.placed();
    List<String> unplaced = new ArrayList<>(Expected.tenants());
    unplaced.removeAll(before.keySet());
    askUntilPromoted(unplaced.get(0));
    TreeSet<String> gone = new TreeSet<>(before.keySet());
    gone.removeAll(application.placed().keySet());
    assertThat(gone).hasSize(1);
    String displaced = gone.first();

    application.registry().hide();
    assertThat(ask(displaced).path("deployment").asText()).isEqualTo("Deploymentx");
    SortedMap<String, String> placed = application.placed();
    Await.untilAsserted(
        SOON,
        () -> {
          ask(displaced);
          assertThat(application.get("/placement/" + displaced).ok().toString())
              .as("it is worth a place")
              .contains("keeps its place");
        });
    assertThat(application.placed()).isEqualTo(placed);
    placed.keySet().forEach(this::ask);
    Answer unheardOf = application.get("/placement/nobody");
    assertThat(unheardOf.status()).isEqualTo(503);
    assertThat(unheardOf.json().path("type").asText()).endsWith(":store-unavailable");

    application.registry().show();
    askUntilPromoted(displaced);
  }
}
