package io.manymodels.http;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.application.DecisionsQuestion;
import io.manymodels.placement.Placement;
import io.manymodels.testing.Eventually;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GET /placement and GET /placement/{tenant}. */
class PlacementRoutesTest extends IngressFixture {

  private void placed() {
    cluster.publish(2, Map.of(tenant(1), new Placement("Deployment1", true)));
    Eventually.holds(
        "the Dispatcher has the table",
        () -> dispatcher.table().table().places(tenant(1), "Deployment1"));
  }

  @Test
  void aTenantIsExplained() {
    placed();
    JsonNode answer = get("/placement/tenant01").json();
    assertThat(answer.path("tenant").asText()).isEqualTo("tenant01");
    assertThat(answer.path("deployment").asText()).isEqualTo("Deployment1");
    assertThat(answer.path("pinned").asBoolean()).isTrue();
    assertThat(answer.path("demand").path("requests").asDouble()).isEqualTo(8);
    assertThat(answer.path("demand").path("benefit").asDouble()).isEqualTo(12);
    assertThat(answer.path("demand").path("requests_per_second").asDouble())
        .isEqualTo(8 * Math.log(2) / 32);
    assertThat(answer.path("outlook").path("text").asText()).isEqualTo("it stays");
    assertThat(answer.has("since")).isTrue();
    assertThat(answer.path("since").isNull()).isTrue();
  }

  @Test
  void whatCannotBeExplainedIsAProblem() {
    placed();
    JsonNode unused =
        assertProblem(
            get("/placement/tenant77"), 404, "model-not-found", "tenant 'tenant77' has no model");
    assertThat(get("/placement/.hidden").status()).isEqualTo(400);
    assertThat(get("/placement/a b").status()).isEqualTo(400);
    assertThat(get("/placement/").status()).isIn(400, 404);
    assertThat(send("POST", "/placement/tenant01", Map.of(), "").status()).isEqualTo(405);
    assertThat(send("POST", "/placement", Map.of(), "").status()).isEqualTo(405);
    cluster.sharedMemoryAway(true);
    assertThat(get("/placement/tenant01").status()).isEqualTo(503);
    assertThat(get("/placement").status()).isEqualTo(503);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "/placement, 0, none, 1000",
        "/placement?since=12, 12, none, 1000",
        "/placement?limit=5&since=3, 3, none, 5",
        "/placement?since=2026-11-23T10:00:00Z, 0, 2026-11-23T10:00:00Z, 1000"
      })
  void decisionsAreAskedFor(String target, long after, String from, int limit) {
    JsonNode answer = get(target).json();
    assertThat(answer.path("term").asLong()).isEqualTo(3);
    assertThat(answer.path("next").asLong()).isEqualTo(7);
    assertThat(cluster.decisionsAsked())
        .isEqualTo(
            new DecisionsQuestion(after, Optional.ofNullable(from).map(Instant::parse), limit));
  }

  @ParameterizedTest
  @CsvSource({
    "since=-1, since",
    "since=soon, since",
    "since=1&since=2, since",
    "limit=0, limit",
    "limit=5001, limit",
    "limit=x, limit",
    "until=3, until",
    "since=%zz, query"
  })
  void aWrongQueryIsNamed(String query, String named) {
    Answer answer = get("/placement?" + query);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("detail").asText()).contains(named);
  }
}
