package io.manymodels.placing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.HotReport.Held;
import io.manymodels.holding.LoadingReport;
import io.manymodels.model.ModelVersion;
import io.manymodels.placement.Generation;
import io.manymodels.placing.VersionSwitches.VersionSwitched;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stats.ModelCost;
import io.manymodels.testing.Tenants;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Switches of versions, as reports tell of them. */
class VersionSwitchesTest {
  private static final ReplicaId ONE = new ReplicaId("Deployment1", "one");
  private static final ReplicaId TWO = new ReplicaId("Deployment1", "two");
  private final VersionSwitches switches = new VersionSwitches();

  private static HotReport holds(int... versions) {
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < versions.length; i++) {
      held.add(
          new Held(
              Tenants.tenant(i + 1),
              new ModelVersion(versions[i]),
              Generation.NONE,
              new ModelCost(1, 1)));
    }
    return new HotReport(
        Generation.NONE,
        held,
        List.of(),
        HotConfig.DEFAULT,
        Optional.empty(),
        LoadingReport.NONE,
        Optional.empty(),
        0);
  }

  private static VersionSwitched switched(int tenant, int before, int now) {
    return new VersionSwitched(
        Tenants.tenant(tenant), "Deployment1", new ModelVersion(before), new ModelVersion(now));
  }

  @Test
  void theFirstReplicaThatSwitchesCounts() {
    switches.compare(Map.of(ONE, holds(1, 1), TWO, holds(1, 1)), Map.of(ONE, holds(1, 2)));
    assertThat(switches.drain()).containsExactly(switched(2, 1, 2));
    // It does not hold the new version yet, and tells of something else.
    switches.compare(Map.of(TWO, holds(1, 1)), Map.of(TWO, holds(1, 1, 1)));
    switches.compare(Map.of(TWO, holds(1, 1, 1)), Map.of(TWO, holds(1, 2, 1)));
    assertThat(switches.drain()).isEmpty();
  }

  @Test
  void backIsASwitchToo() {
    switches.compare(Map.of(ONE, holds(1)), Map.of(ONE, holds(2)));
    switches.compare(Map.of(ONE, holds(2)), Map.of(ONE, holds(1)));
    assertThat(switches.drain()).containsExactly(switched(1, 1, 2), switched(1, 2, 1));
  }

  @Test
  void aModelThatIsLoadedIsNoSwitch() {
    switches.compare(Map.of(), Map.of(ONE, holds(2)));
    switches.compare(Map.of(ONE, holds()), Map.of(ONE, holds(2)));
    assertThat(switches.drain()).isEmpty();
  }
}
