package io.manymodels.placement;

import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.config.PolicyConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.stats.Demand;
import io.manymodels.stats.TenantWorth;
import io.manymodels.stats.Worth;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PlacementRecoveryTest {
  private static final Generation NOW = new Generation(2, 0);

  private static HotCapacities capacities() {
    Map<String, HotConfig> configs = new LinkedHashMap<>();
    configs.put("Deployment1", new HotConfig(List.of(), 2, Pool.DYNAMIC));
    configs.put("Deployment2", new HotConfig(List.of(), 1, Pool.DEDICATED));
    return new HotCapacities(configs);
  }

  @Test
  void pinsComeFirstThenWhatIsHeldAsFarAsThereIsRoom() {
    PlacementTable table =
        PlacementRecovery.recovered(
            NOW,
            capacities(),
            mapping(9, "Deployment1", 8, "Deployment2"),
            deployment -> deployment.equals("Deployment1") ? tenants(8, 3, 4) : tenants(5));
    assertThat(table.placements())
        .isEqualTo(
            Map.of(
                tenant(9), new Placement("Deployment1", true),
                tenant(8), new Placement("Deployment2", true),
                tenant(3), new Placement("Deployment1", false)));
  }

  @Test
  void whoeverHadAPlaceAndHasNoneIsToHaveItAgain() {
    PlacementTable table =
        PlacementTable.of(
            NOW,
            Map.of(
                tenant(1), new Placement("Deployment2", true),
                tenant(2), new Placement("Deployment1", false)));
    SortedMap<TenantId, Placement> remembered = new TreeMap<>();
    remembered.put(tenant(1), new Placement("Deployment1", false));
    remembered.put(tenant(2), new Placement("Deployment1", false));
    remembered.put(tenant(3), new Placement("Deployment1", false));
    remembered.put(tenant(4), new Placement("Deployment1", true));
    SortedMap<TenantId, String> lost = PlacementRecovery.toBeRestored(table, remembered);
    assertThat(lost).isEqualTo(mapping(3, "Deployment1", 4, "Deployment1"));
    assertThat(PlacementRecovery.withPlaces(table, lost).placement(tenant(4)))
        .contains(new Placement("Deployment1", false));
    assertThat(PlacementRecovery.withPlaces(table, lost).placement(tenant(1)))
        .contains(new Placement("Deployment2", true));
  }

  /** The tenant's number is its worth. */
  private record ByNumber() implements Demand {
    @Override
    public Worth of(TenantId tenant) {
      return new Worth(Integer.parseInt(tenant.value().substring(6)), 1, 1);
    }

    @Override
    public List<TenantWorth> above(double benefit) {
      return List.of();
    }

    @Override
    public Duration halfLife() {
      return Duration.ZERO;
    }
  }

  @Test
  void ofTooManyPlacesThePinsAndTheMostWorthyAreRemembered() {
    SortedMap<TenantId, Placement> places = new TreeMap<>();
    for (int i = 1; i <= RememberedPlacement.MAX_TENANTS + 5; i++) {
      places.put(tenant(i), new Placement("Deployment1", i <= 2));
    }
    SortedMap<TenantId, Placement> bounded = RememberedPlacement.bounded(places, new ByNumber());
    assertThat(bounded).hasSize(RememberedPlacement.MAX_TENANTS);
    assertThat(bounded).containsKeys(tenant(1), tenant(2), tenant(8));
    assertThat(bounded).doesNotContainKeys(tenant(3), tenant(4), tenant(5), tenant(6), tenant(7));
    assertThat(RememberedPlacement.bounded(bounded, new ByNumber())).isEqualTo(bounded);
  }

  /** A user_config may come after traffic has been restored. */
  @Test
  void anotherHalfLifeGoesOnWithTheTrafficOfBefore() {
    FakeTicker ticker = new FakeTicker();
    TrafficDecisions decisions = new TrafficDecisions(PlacementConfig.DEFAULT, ticker);
    decisions.record(Requests.tenForEach(tenants(1, 1, 2)));
    PlacementConfig byDefault = PlacementConfig.DEFAULT;
    decisions.reconfigure(
        new PlacementConfig(
            byDefault.maxMovesPerSecond(),
            byDefault.reconcileMs(),
            byDefault.loadTimeoutMs(),
            byDefault.acknowledgeMs(),
            byDefault.knownTenants(),
            byDefault.metricsTenants(),
            new PolicyConfig(600, 0.1, 0.9, 10)));
    assertThat(decisions.statistics().halfLife()).isEqualTo(Duration.ofMinutes(10));
    assertThat(decisions.statistics().of(tenant(1)).hits()).isEqualTo(20);
    assertThat(decisions.statistics().of(tenant(2)).hits()).isEqualTo(10);
  }
}
