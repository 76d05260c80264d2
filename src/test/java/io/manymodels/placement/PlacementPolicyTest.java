package io.manymodels.placement;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Displace;
import io.manymodels.placement.PlacementDecision.Fill;
import io.manymodels.placement.PlacementDecision.Postpone;
import io.manymodels.placement.PlacementDecision.StayOverflow;
import io.manymodels.placement.PlacementDecision.TooHeavy;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PlacementPolicyTest {
  private static final int MANY = 1_000;

  private final Map<String, HotConfig> configs = new LinkedHashMap<>();
  private final Map<TenantId, Placement> placements = new TreeMap<>();
  private final TrafficStatistics demand =
      new TrafficStatistics(List.of(Duration.ofHours(1)), MANY, 10, new FakeTicker());

  private void deployment(String name, int capacity, Pool pool) {
    configs.put(name, new HotConfig(List.of(), capacity, pool));
  }

  private void placed(int tenant, String deployment) {
    placements.put(tenant(tenant), new Placement(deployment, false));
  }

  private void asked(int tenant, int requests) {
    demand.record(List.of(Requests.hits(tenant(tenant), requests)));
  }

  private void asked(int tenant, int requests, long weightBytes, long loadMicros) {
    ModelCost cost = new ModelCost(weightBytes, loadMicros);
    demand.record(List.of(Requests.of(tenant(tenant), requests, cost)));
  }

  private List<PlacementDecision> decide(int maxMoves) {
    return new PlacementPolicy(new Admission(0.1, 1))
        .decide(
            PlacementTable.of(Generation.NONE, placements),
            new HotCapacities(configs),
            demand,
            maxMoves);
  }

  @Test
  void freePlacesAreFilledEvenlyByTheMostWorthyFirst() {
    deployment("Deployment1", 2, Pool.DYNAMIC);
    deployment("Deployment2", 2, Pool.DYNAMIC);
    asked(1, 1);
    asked(2, 3);
    asked(3, 2);
    assertThat(decide(MANY))
        .extracting(PlacementDecision::tenant, TrafficDecisions::target)
        .containsExactly(
            tuple(tenant(2), "Deployment1"),
            tuple(tenant(3), "Deployment2"),
            tuple(tenant(1), "Deployment1"));
    assertThat(decide(MANY)).hasOnlyElementsOfType(Fill.class);
  }

  @Test
  void theLeastWorthyOfAllDeploymentsMakesRoom() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    deployment("Deployment2", 1, Pool.DYNAMIC);
    placed(1, "Deployment1");
    placed(2, "Deployment2");
    asked(1, 50);
    asked(2, 10);
    asked(3, 60);
    assertThat(decide(MANY)).hasSize(1).first().isInstanceOf(Displace.class);
    Displace displace = (Displace) decide(MANY).get(0);
    assertThat(displace.victims()).containsExactlyElementsOf(tenants(2));
    assertThat(displace.figures().victimsBenefit()).isEqualTo(10);
    assertThat(displace.figures().bar()).isEqualTo(10 + Math.sqrt(70));
  }

  @Test
  void whatChanceExplainsMovesNobody() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    placed(1, "Deployment1");
    asked(1, 100);
    asked(2, 113);
    assertThat(decide(MANY)).hasSize(1).first().isInstanceOf(StayOverflow.class);
    asked(2, 10);
    assertThat(decide(MANY)).hasOnlyElementsOfType(Displace.class);
  }

  @Test
  void oneRequestDisplacesNobody() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    placed(1, "Deployment1");
    asked(2, 1);
    assertThat(decide(MANY)).hasOnlyElementsOfType(StayOverflow.class);
    asked(2, 1);
    assertThat(decide(MANY)).hasOnlyElementsOfType(Displace.class);
  }

  @Test
  void aTenantThatIsDearToLoadNeedsFewerRequests() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    placed(1, "Deployment1");
    asked(1, 60, 1_000, 2_000);
    asked(2, 20, 1_000, 2_000_000);
    assertThat(decide(MANY)).hasOnlyElementsOfType(Displace.class);
  }

  @Test
  void pinnedTenantsAndDedicatedDeploymentsAreLeftAlone() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    deployment("Deployment2", 5, Pool.DEDICATED);
    placements.put(tenant(1), new Placement("Deployment1", true));
    asked(2, 1_000);
    assertThat(decide(MANY)).noneMatch(d -> !TrafficDecisions.target(d).isEmpty());
  }

  @Test
  void severalLightOnesLeaveForAHeavyOneThatIsWorthThemAll() {
    configs.put("Deployment1", new HotConfig(List.of(), 10, 1, Pool.DYNAMIC));
    for (int i = 1; i <= 3; i++) {
      placed(i, "Deployment1");
      asked(i, i * 10, 300 << 10, 2_000);
    }
    asked(4, 25, 700 << 10, 2_000);
    assertThat(decide(MANY))
        .as("worth less than two of them")
        .hasOnlyElementsOfType(StayOverflow.class);
    asked(4, 40, 700 << 10, 2_000);
    assertThat(((Displace) decide(MANY).get(0)).victims()).containsExactlyElementsOf(tenants(1, 2));
    asked(5, 1_000, 2 << 20, 2_000);
    assertThat(decide(MANY).get(0)).isInstanceOf(TooHeavy.class);
  }

  @Test
  void movesAreLimitedAndTheBestGoFirst() {
    deployment("Deployment1", 5, Pool.DYNAMIC);
    firstTo(3).forEach(tenant -> demand.record(List.of(Requests.hits(tenant, 5))));
    asked(3, 1);
    assertThat(decide(1))
        .hasExactlyElementsOfTypes(Fill.class, Postpone.class, Postpone.class)
        .first()
        .extracting(PlacementDecision::tenant)
        .isEqualTo(tenant(3));
  }
}
