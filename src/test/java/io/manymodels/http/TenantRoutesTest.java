package io.manymodels.http;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.access.Caller;
import io.manymodels.access.Gate;
import io.manymodels.access.GateStatus;
import io.manymodels.access.Role;
import io.manymodels.access.TenantScope;
import io.manymodels.config.RequestQuota;
import io.manymodels.placement.Placement;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.MeasuredSamples;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GET /tenants, GET /tenants/{tenant} and what GET /metrics tells of requests. */
class TenantRoutesTest extends IngressFixture {

  /** A gate behind which everybody is the same caller. */
  private record Only(Caller caller) implements Gate {
    static Only of(Role role, String... tenants) {
      return new Only(
          new Caller(
              "only", Set.of(role), TenantScope.of(List.of(tenants)), RequestQuota.UNLIMITED));
    }

    @Override
    public CompletableFuture<Caller> authenticate(
        Optional<String> authorization, Optional<String> apiKey) {
      return CompletableFuture.completedFuture(caller);
    }

    @Override
    public GateStatus status() {
      return GateStatus.OPEN;
    }
  }

  @BeforeEach
  void report() {
    cluster.sums().add(MeasuredSamples.report());
  }

  private static List<String> names(JsonNode page) {
    List<String> names = new ArrayList<>();
    page.path("tenants").forEach(each -> names.add(each.path("tenant").asText()));
    return names;
  }

  @Test
  void tenantsAreListedWithTheirFigures() {
    JsonNode page = get("/tenants").json();
    assertThat(page.path("sort").asText()).isEqualTo("requests");
    assertThat(page.path("limit").asInt()).isEqualTo(50);
    assertThat(names(page)).containsExactly("tenant01", "tenant04");
    JsonNode second = page.path("tenants").path(1);
    assertThat(second.path("requests").asInt()).isEqualTo(3);
    assertThat(second.path("errors").asInt()).isOne();
    assertThat(second.path("overflow_hits").asInt()).isOne();
    assertThat(second.path("loads").asInt()).isOne();
    assertThat(second.path("prediction_seconds").asDouble()).isEqualTo(0.0025);
    assertThat(second.path("p99_seconds").asDouble()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "sort=errors, tenant01 tenant04",
    "sort=p99, tenant04 tenant01",
    "sort=name&limit=1, tenant01",
    "prefix=tenant04, tenant04",
    "prefix=x, ''"
  })
  void inAnyOrderAndByPrefix(String query, String expected) {
    assertThat(String.join(" ", names(get("/tenants?" + query).json()))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "sort=best, sort",
    "limit=0, limit",
    "limit=1001, limit",
    "until=3, until",
    "prefix=a&prefix=b, prefix"
  })
  void aWrongQueryIsNamed(String query, String named) {
    Answer answer = get("/tenants?" + query);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("detail").asText()).contains("'" + named + "'");
  }

  @Test
  void aCallerSeesItsOwnTenantsOnly() {
    edge = edge(Only.of(Role.READ, "tenant04", "shop*"));
    assertThat(names(get("/tenants").json())).containsExactly("tenant04");
    assertThat(get("/tenants/tenant01").status()).isEqualTo(403);
    edge = edge(Only.of(Role.SCORE, "*"));
    assertThat(get("/tenants").status()).isEqualTo(403);
    assertThat(get("/tenants/tenant01").status()).isEqualTo(403);
    edge = edge(Only.of(Role.ADMIN, "*"));
    assertThat(names(get("/tenants").json())).hasSize(2);
  }

  @Test
  void oneTenantIsToldWithItsPlaceAndTheReplicasThatHoldIt() {
    cluster.publish(2, Map.of(tenant(1), new Placement("Deployment1", true)));
    Eventually.holds(
        "the Dispatcher has the table",
        () -> dispatcher.table().table().places(tenant(1), "Deployment1"));
    Answer answer = get("/tenants/tenant01");
    // The fixture's registry is empty.
    JsonNode unused =
        assertProblem(answer, 404, "model-not-found", answer.json().path("detail").asText());
    assertThat(get("/tenants/tenant77").status()).isEqualTo(404);
    assertThat(get("/tenants/.hidden").status()).isEqualTo(400);
    assertThat(send("POST", "/tenants", Map.of(), "").status()).isEqualTo(405);
    cluster.sharedMemoryAway(true);
    assertThat(get("/tenants/tenant01").status()).isEqualTo(503);
    assertThat(get("/tenants").status()).isEqualTo(503);
  }

  @Test
  void answersAreCountedByProtocolStatusAndCode() {
    assertThat(post("/score", ROWS).status()).isEqualTo(200);
    assertThat(post("/score", "{").status()).isEqualTo(400);
    assertThat(post("/score", ROWS.replace("tenant01", "<script>")).status()).isEqualTo(400);
    assertThat(get("/nowhere").status()).isEqualTo(404);
    String own = get("/metrics?process=self").body();
    assertThat(own)
        .contains("mms_answers_total{code=\"ok\",protocol=\"score\",status=\"200\"} 1.0\n")
        .contains(
            "mms_answers_total{code=\"invalid-input\",protocol=\"score\",status=\"400\"} 2.0\n")
        .contains(
            "mms_answers_total{code=\"not-found\",protocol=\"operators\",status=\"404\"} 1.0\n")
        .contains("mms_predictions_total{code=\"ok\",deployment_kind=\"overflow\"} 1.0\n")
        .contains("mms_request_seconds_count{protocol=\"score\"} 3\n")
        .contains("mms_hop_seconds_count{hop=\"overflow\"} 1\n")
        .contains("mms_process_uptime_seconds{deployment=\"Dispatcher\",replica=\"")
        .doesNotContain("script", "mms_placed_tenants");
  }

  @Test
  void whatIsMeasuredIsReportedAndToldForAll() {
    assertThat(post("/score", ROWS).status()).isEqualTo(200);
    Eventually.holds(
        "the report has arrived",
        () ->
            get("/metrics")
                .body()
                .contains("mms_tenant_requests_total{tenant=\"tenant01\"} 12.0\n"));
    assertThat(get("/metrics").body())
        .contains("mms_placed_tenants", "mms_measured_tenants 2.0\n")
        .contains("mms_answers_total{code=\"ok\",protocol=\"score\",status=\"200\"} 13.0\n")
        .contains("mms_reporting_processes{deployment=\"Dispatcher\"} 2.0\n");
  }

  @Test
  void aProcessTellsItsOwnWhileSharedMemoryIsAway() {
    cluster.sharedMemoryAway(true);
    assertThat(get("/metrics").status()).isEqualTo(503);
    assertThat(get("/metrics?process=self").status()).isEqualTo(200);
    assertThat(get("/metrics?process=other").status()).isEqualTo(400);
    assertThat(get("/metrics?process=%zz").status()).isEqualTo(400);
    cluster.sharedMemoryAway(false);
    assertThat(get("/metrics?what=else").status()).isEqualTo(200);
  }
}
