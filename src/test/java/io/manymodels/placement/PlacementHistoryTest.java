package io.manymodels.placement;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.manymodels.placement.PlacementDecision.Displace;
import io.manymodels.placement.PlacementDecision.Figures;
import io.manymodels.placement.PlacementDecision.StayOverflow;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.stats.Worth;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacementHistoryTest {
  private static final Figures FIGURES = new Figures(new Worth(12, 1, 100), 3, 5);
  private static final Generation NOW = new Generation(1, 7);

  private final FakeTicker ticker = new FakeTicker();
  private final PlacementHistory history = new PlacementHistory(ticker);

  private void refuse(int tenant) {
    history.decided(
        new StayOverflow(tenant(tenant), "Deployment1", List.of(tenant(9)), FIGURES), NOW);
  }

  @Test
  void aPromotionIsNotedForBothSides() {
    history.decided(new Displace(tenant(1), "Deployment1", List.of(tenant(2)), FIGURES), NOW);
    assertThat(history.after(0, 10)).extracting(PlacementEvent::sequence).containsExactly(1L, 2L);
    assertThat(history.of(tenant(1), 10))
        .extracting(PlacementEvent::kind)
        .containsExactly(Kind.PROMOTED);
    PlacementEvent evicted = history.of(tenant(2), 10).get(0);
    assertThat(evicted.others()).containsExactly(tenant(1));
    assertThat(evicted.reason()).isEqualTo("DISPLACED: tenant01 was worth more");
    assertThat(evicted.generation()).isEqualTo(NOW);
    assertThat(evicted.at()).isEqualTo(ticker.now());
    assertThat(history.after(1, 10)).containsExactly(evicted);
    assertThat(history.after(0, 1)).hasSize(1);
  }

  @Test
  void theSameRefusalIsNotedOnceAMinute() {
    refuse(1);
    refuse(1);
    refuse(2);
    assertThat(history.after(0, 10)).hasSize(2);
    ticker.advance(Duration.ofSeconds(61));
    refuse(1);
    assertThat(history.after(0, 10)).hasSize(3);
    assertThat(history.of(tenant(1), 10))
        .extracting(PlacementEvent::kind)
        .containsOnly(Kind.REFUSED);
  }

  @Test
  void theEldestAreForgotten() {
    for (int i = 0; i < PlacementHistory.MAX_EVENTS; i++) {
      history.decided(new Displace(tenant(1), "Deployment1", List.of(tenant(2)), FIGURES), NOW);
    }
    List<PlacementEvent> all = history.after(0, Integer.MAX_VALUE);
    assertThat(all).hasSize(PlacementHistory.MAX_EVENTS);
    assertThat(all.get(0).sequence()).isEqualTo(PlacementHistory.MAX_EVENTS + 1);
  }

  @Test
  void whatAnOperatorChangedIsNotedTenantByTenant() {
    PlacementTable before =
        PlacementTable.of(
            NOW,
            Map.of(
                tenant(1), new Placement("Deployment1", true),
                tenant(2), new Placement("Deployment2", false),
                tenant(3), new Placement("Deployment3", false)));
    PlacementTable after =
        PlacementTable.of(
            NOW.next(),
            Map.of(
                tenant(1), new Placement("Deployment1", false),
                tenant(3), new Placement("Deployment3", false),
                tenant(4), new Placement("Deployment2", true),
                tenant(5), new Placement("Deployment4", false)));
    history.changed(before, after, Kind.PLACED, EvictionCause.POOL_CHANGED, "asked to");
    assertThat(history.after(0, 10))
        .extracting(PlacementEvent::tenant, PlacementEvent::kind)
        .containsExactly(
            tuple(tenant(2), Kind.EVICTED),
            tuple(tenant(1), Kind.UNPINNED),
            tuple(tenant(4), Kind.PINNED),
            tuple(tenant(5), Kind.PLACED));
    assertThat(history.after(0, 10)).allMatch(e -> e.generation().equals(NOW.next()));
  }
}
