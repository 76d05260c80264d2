package io.manymodels.placement;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Promote;
import io.manymodels.placement.PlacementDecision.StayOverflow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LruPolicyTest {
  private static final int MANY = 1_000;

  private final Map<String, HotConfig> configs = new LinkedHashMap<>();
  private final Map<TenantId, Placement> placements = new TreeMap<>();
  private final LastHits hits = new LastHits(100);

  private void deployment(String name, int capacity, Pool pool) {
    configs.put(name, new HotConfig(List.of(), capacity, pool));
  }

  private void placed(int tenant, String deployment) {
    placements.put(tenant(tenant), new Placement(deployment, false));
  }

  private List<PlacementDecision> decide(List<TenantId> candidates, int maxMoves) {
    return new LruPolicy()
        .decide(
            PlacementTable.of(Generation.NONE, placements),
            new HotCapacities(configs),
            hits,
            candidates,
            maxMoves);
  }

  @Test
  void aFreePlaceIsTakenInTheOrderOfTheYaml() {
    deployment("Deployment2", 1, Pool.DYNAMIC);
    deployment("Deployment1", 2, Pool.DYNAMIC);
    hits.record(firstTo(3));
    assertThat(decide(firstTo(3), MANY))
        .containsExactly(
            new Promote(tenant(1), "Deployment2", Optional.empty(), "a place was free"),
            new Promote(tenant(2), "Deployment1", Optional.empty(), "a place was free"),
            new Promote(tenant(3), "Deployment1", Optional.empty(), "a place was free"));
  }

  @Test
  void theLeastRecentlyUsedMakesRoom() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    deployment("Deployment2", 1, Pool.DYNAMIC);
    placed(1, "Deployment1");
    placed(2, "Deployment2");
    hits.record(tenants(2, 1, 3));
    assertThat(decide(tenants(3), MANY))
        .containsExactly(
            new Promote(
                tenant(3),
                "Deployment2",
                Optional.of(tenant(2)),
                "it was used more recently than tenant02"));
  }

  @Test
  void amongTenantsNeverHitTheFirstByNameMakesRoom() {
    deployment("Deployment1", 2, Pool.DYNAMIC);
    placed(1, "Deployment1");
    placed(2, "Deployment1");
    hits.record(tenants(3));
    assertThat(victims(decide(tenants(3), MANY))).containsExactly(tenant(1));
  }

  @Test
  void aPlacedTenantIsNoCandidate() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    placed(1, "Deployment1");
    hits.record(tenants(1));
    assertThat(decide(tenants(1), MANY)).isEmpty();
  }

  @Test
  void nobodyUsedMoreRecentlyIsDisplaced() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    placed(1, "Deployment1");
    hits.record(tenants(3, 1));
    assertThat(decide(tenants(3), MANY))
        .containsExactly(
            new StayOverflow(tenant(3), "every place is held by a tenant used more recently"));
  }

  @Test
  void aTenantPromotedInTheSameRoundIsNotDisplacedAgain() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    placed(1, "Deployment1");
    hits.record(tenants(1, 2, 3));
    assertThat(decide(tenants(3, 2), MANY))
        .containsExactly(
            new Promote(
                tenant(3),
                "Deployment1",
                Optional.of(tenant(1)),
                "it was used more recently than tenant01"),
            new StayOverflow(tenant(2), "every place is held by a tenant used more recently"));
  }

  @Test
  void pinnedTenantsAndDedicatedDeploymentsAreLeftAlone() {
    deployment("Deployment1", 1, Pool.DYNAMIC);
    deployment("Deployment2", 5, Pool.DEDICATED);
    placements.put(tenant(1), new Placement("Deployment1", true));
    hits.record(tenants(2));
    assertThat(decide(tenants(2), MANY))
        .containsExactly(
            new StayOverflow(tenant(2), "every place is held by a tenant used more recently"));
  }

  @Test
  void movesAreLimited() {
    deployment("Deployment1", 5, Pool.DYNAMIC);
    hits.record(firstTo(3));
    assertThat(decide(firstTo(3), 1))
        .hasExactlyElementsOfTypes(Promote.class, StayOverflow.class, StayOverflow.class)
        .last()
        .isEqualTo(new StayOverflow(tenant(3), "the limit of moves a second is reached"));
  }

  private static List<TenantId> victims(List<PlacementDecision> decisions) {
    return decisions.stream().flatMap(d -> ((Promote) d).victim().stream()).toList();
  }
}
