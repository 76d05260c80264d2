package io.manymodels.placement;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.manymodels.placement.PlacementDecision.Displace;
import io.manymodels.placement.PlacementDecision.Figures;
import io.manymodels.placement.PlacementDecision.StayOverflow;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.stats.RememberedTraffic;
import io.manymodels.stats.Worth;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
  void theFirstOwnerCountsFromOne() {
    assertThat(history.numberedSince()).isZero();
    history.begin(1, RememberedPlacement.NOTHING);
    refuse(1);
    assertThat(history.numberedSince()).isEqualTo(1);
    assertThat(history.last()).isEqualTo(1);
  }

  /** The reader has seen one more than was remembered: its number is not used again. */
  @Test
  void aLaterOwnerGoesOnWithNumbersThatNobodyHasSeen() {
    history.begin(3, RememberedPlacement.NOTHING);
    refuse(1);
    refuse(2);
    RememberedPlacement remembered = remembered(history);
    refuse(3);
    long seen = history.last();
    PlacementHistory next = new PlacementHistory(ticker);
    next.begin(4, remembered);
    assertThat(next.all()).isEqualTo(remembered.decisions());
    assertThat(next.after(seen, 10)).isEmpty();
    assertThat(next.of(tenant(1), 10)).isEqualTo(history.of(tenant(1), 10));
    next.notRestored(tenant(4), "Deployment1", NOW, "it is broken");
    assertThat(next.after(seen, 10)).hasSize(1);
    assertThat(next.numberedSince()).isEqualTo(3);
    PlacementEvent lost = next.lastChange(tenant(4)).orElseThrow();
    assertThat(lost.kind()).isEqualTo(Kind.EVICTED);
    assertThat(lost.reason()).isEqualTo("NOT_RESTORED: it is broken");
    assertThat(lost.deployment()).isEqualTo("Deployment1");
  }

  @Test
  void anOwnerThatDecidedMoreThanItsShareOfNumbersIsFollowedByHigherOnes() {
    PlacementEvent far =
        new PlacementEvent(
            5 * PlacementHistory.NUMBERS_OF_A_TERM,
            ticker.now(),
            NOW,
            Kind.FOUND,
            tenant(1),
            "Deployment1",
            List.of(),
            "",
            Optional.empty());
    history.begin(
        2, new RememberedPlacement(1, List.of(far), new TreeMap<>(), RememberedTraffic.NOTHING));
    refuse(2);
    assertThat(history.last()).isEqualTo(far.sequence() + 1);
  }

  @Test
  void aHistoryThatWasLostIsNumberedAnew() {
    history.begin(7, RememberedPlacement.NOTHING);
    assertThat(history.numberedSince()).isEqualTo(7);
    assertThat(history.all()).isEmpty();
  }

  /** What was remembered counts for the bound. */
  @Test
  void rememberedEventsAreForgottenLikeOthers() {
    history.begin(1, RememberedPlacement.NOTHING);
    for (int i = 0; i < PlacementHistory.MAX_EVENTS; i++) {
      history.notRestored(tenant(1), "Deployment1", NOW, "why");
    }
    PlacementHistory next = new PlacementHistory(ticker);
    next.begin(2, remembered(history));
    next.notRestored(tenant(2), "Deployment1", NOW, "why");
    assertThat(next.all()).hasSize(PlacementHistory.MAX_EVENTS);
    assertThat(next.all().get(0).sequence()).isEqualTo(2);
  }

  private static RememberedPlacement remembered(PlacementHistory history) {
    return new RememberedPlacement(
        history.numberedSince(), history.all(), new TreeMap<>(), RememberedTraffic.NOTHING);
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
