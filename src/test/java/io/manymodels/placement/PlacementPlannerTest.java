package io.manymodels.placement;

import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PlacementPlannerTest {
  private final Map<String, HotConfig> configs = new LinkedHashMap<>();
  private final Map<TenantId, Placement> placements = new TreeMap<>();
  private final TrafficStatistics demand =
      new TrafficStatistics(TrafficStatistics.LADDER, 100, 10, new FakeTicker());

  PlacementPlannerTest() {
    configs.put("Deployment1", new HotConfig(List.of(), 2, Pool.DYNAMIC));
    configs.put("Deployment2", new HotConfig(List.of(), 1, Pool.DYNAMIC));
    configs.put("Deployment3", new HotConfig(List.of(), 2, Pool.DEDICATED));
  }

  private void placed(int tenant, String deployment, boolean pinned) {
    placements.put(tenant(tenant), new Placement(deployment, pinned));
  }

  private PlacementTable table() {
    return PlacementTable.of(new Generation(1, 5), placements);
  }

  private HotCapacities capacities() {
    return new HotCapacities(configs);
  }

  private PlacementTable replacePins(SortedMap<TenantId, String> mapping) {
    return PlacementPlanner.replacePins(table(), capacities(), mapping, demand);
  }

  private PlacementTable declare(String deployment, HotConfig config) {
    return PlacementPlanner.declare(table(), capacities(), deployment, config, demand);
  }

  @Test
  void everyViolationOfAMappingIsNamed() {
    SortedMap<TenantId, String> mapping = mapping(1, "Deployment2", 2, "Deployment2");
    mapping.put(tenant(3), "Deployment7");
    mapping.put(tenant(4), "deployment1");
    mapping.put(tenant(5), "Deployment3");
    assertThat(PlacementPlanner.violations(capacities(), mapping))
        .containsExactly(
            new Violation("/mapping/tenant02", "Deployment2 takes 1 models"),
            new Violation("/mapping/tenant03", "no hot deployment 'Deployment7'"),
            new Violation("/mapping/tenant04", "no hot deployment 'deployment1'"));
    assertThat(PlacementPlanner.violations(capacities(), mapping())).isEmpty();
  }

  @Test
  void pinsReplaceEarlierPins() {
    placed(1, "Deployment3", true);
    placed(2, "Deployment1", true);
    placed(3, "Deployment2", false);
    PlacementTable next = replacePins(mapping(4, "Deployment3"));
    assertThat(next.pins()).isEqualTo(mapping(4, "Deployment3"));
    assertThat(next.placement(tenant(1))).as("it had no right but its pin").isEmpty();
    assertThat(next.placement(tenant(2))).as("a dynamic place").contains(dynamic("Deployment1"));
    assertThat(next.placement(tenant(3))).contains(dynamic("Deployment2"));
    assertThat(next.generation()).isEqualTo(new Generation(1, 5));
  }

  @Test
  void theLeastWorthMakeRoomForPins() {
    placed(1, "Deployment1", false);
    placed(2, "Deployment1", false);
    placed(3, "Deployment2", false);
    demand.record(Requests.tenForEach(tenants(1)));
    PlacementTable next = replacePins(mapping(4, "Deployment1"));
    assertThat(next.tenantsOf("Deployment1")).containsExactlyElementsOf(tenants(1, 4));
    assertThat(next.tenantsOf("Deployment2")).containsExactlyElementsOf(tenants(3));
  }

  @Test
  void aPlacedTenantIsMovedByItsPin() {
    placed(1, "Deployment1", false);
    PlacementTable next = replacePins(mapping(1, "Deployment3"));
    assertThat(next.placements()).isEqualTo(Map.of(tenant(1), new Placement("Deployment3", true)));
  }

  @Test
  void aDeclarationTakesItsTenantsFromWhereverTheyAre() {
    placed(1, "Deployment2", false);
    placed(2, "Deployment3", true);
    placed(3, "Deployment1", false);
    placed(4, "Deployment1", false);
    demand.record(Requests.tenForEach(tenants(4)));
    PlacementTable next = declare("Deployment1", new HotConfig(tenants(1, 2), 3, Pool.DYNAMIC));
    assertThat(next.tenantsOf("Deployment1")).containsExactlyElementsOf(tenants(1, 2, 4));
    assertThat(next.pins()).isEmpty();
    assertThat(next.placements()).hasSize(3);
  }

  @Test
  void aDedicatedDeclarationPinsItsTenantsAndNoOthers() {
    placed(1, "Deployment1", false);
    placed(2, "Deployment1", true);
    PlacementTable next = declare("Deployment1", new HotConfig(tenants(3), 2, Pool.DEDICATED));
    assertThat(next.placements()).isEqualTo(Map.of(tenant(3), new Placement("Deployment1", true)));
  }

  @Test
  void aDynamicDeclarationWithoutTenantsKeepsWhoFits() {
    placed(1, "Deployment1", true);
    placed(2, "Deployment1", false);
    demand.record(Requests.tenForEach(tenants(2)));
    PlacementTable next = declare("Deployment1", new HotConfig(List.of(), 1, Pool.DYNAMIC));
    assertThat(next.placements()).isEqualTo(Map.of(tenant(2), dynamic("Deployment1")));
  }

  @Test
  void arrivalsAreThoseWhoWereNotThere() {
    placed(1, "Deployment1", false);
    placed(2, "Deployment1", false);
    PlacementTable before = table();
    placed(2, "Deployment2", false);
    placed(4, "Deployment1", false);
    placed(3, "Deployment1", false);
    assertThat(PlacementPlanner.arrivals(before, table(), "Deployment1"))
        .containsExactlyElementsOf(tenants(3, 4));
    assertThat(PlacementPlanner.arrivals(before, table(), "Deployment2"))
        .containsExactlyElementsOf(tenants(2));
  }

  private static Placement dynamic(String deployment) {
    return new Placement(deployment, false);
  }
}
