package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every decision about a place can be asked for. */
class PlacementIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int REQUESTS_AT_ONCE = 100;

  private final Application application = Application.running();

  @BeforeEach
  void settled() {
    application.restorePool();
    application.fill();
  }

  private JsonNode explain(String tenant) {
    return application.get("/placement/" + tenant).ok();
  }

  @Test
  void aPinnedTenantStaysUntilAnOperatorMovesIt() {
    JsonNode pinned = explain("tenant9");
    assertThat(pinned.path("deployment").asText()).isEqualTo("Deployment9");
    assertThat(pinned.path("pinned").asBoolean()).isTrue();
    assertThat(pinned.path("outlook").path("text").asText()).contains("operator");
  }

  @Test
  void aPromotionIsExplainedOnBothSides() {
    List<String> unplaced = new ArrayList<>(Expected.tenants());
    unplaced.removeAll(application.placed().keySet());
    String newcomer = unplaced.get(0);
    long before = application.get("/placement?limit=5000").ok().path("next").asLong();
    assertThat(explain(newcomer).path("deployment").asText()).isEqualTo("Deploymentx");

    Await.until(
        "it is promoted",
        SOON,
        () -> {
          // It has to be busier than tenants that other tests have asked thousands of times.
          for (int i = 0; i < REQUESTS_AT_ONCE; i++) {
            JsonNode unused = application.score(newcomer, Expected.row(newcomer, 0)).ok();
          }
          return application.placed().containsKey(newcomer);
        });

    JsonNode promoted = explain(newcomer);
    assertThat(promoted.path("events").get(0).path("kind").asText()).isEqualTo("promoted");
    assertThat(promoted.path("displaced")).hasSize(1);
    assertThat(promoted.path("since").asText()).isNotEmpty();
    assertThat(promoted.path("demand").path("requests").asDouble()).isGreaterThan(1);
    String victim = promoted.path("displaced").get(0).asText();
    JsonNode displaced = explain(victim);
    assertThat(displaced.path("deployment").asText()).isEqualTo("Deploymentx");
    assertThat(displaced.path("why").asText()).contains("DISPLACED", newcomer);

    JsonNode later = application.get("/placement?since=" + before + "&limit=5000").ok();
    assertThat(later.path("decisions").findValuesAsText("tenant")).contains(newcomer, victim);
    JsonNode first = application.get("/placement?since=" + before + "&limit=1").ok();
    assertThat(first.path("decisions")).hasSize(1);
    assertThat(first.path("next").asLong())
        .isEqualTo(first.path("decisions").get(0).path("sequence").asLong());
    assertThat(application.get("/placement?since=" + later.path("next").asLong()).ok().path("term"))
        .isEqualTo(later.path("term"));
  }

  @ParameterizedTest
  @CsvSource({
    "/placement/nobody-of-this-name, 404",
    "/placement/.dot, 400",
    "/placement?since=yesterday, 400",
    "/placement?limit=0, 400",
    "/placement?what=1, 400"
  })
  void whatIsWrongIsSaid(String target, int status) {
    Answer answer = application.get(target);
    assertThat(answer.status()).isEqualTo(status);
    Problems.assertNoLeak(application, answer);
  }
}
