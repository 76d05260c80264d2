package io.manymodels.stats;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.stats.RememberedTraffic.Mean;
import io.manymodels.stats.RememberedTraffic.Scores;
import io.manymodels.stats.RememberedTraffic.Tenant;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Statistics that go on in another process, or by other half-lives. */
class RememberedTrafficTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Instant NOW = Instant.parse("2030-01-31T12:00:00Z");

  private final FakeTicker ticker = new FakeTicker();

  private TrafficStatistics statistics(int known, Duration... halfLives) {
    return new TrafficStatistics(List.of(halfLives), known, 10, ticker);
  }

  private TrafficStatistics ladder() {
    return new TrafficStatistics(TrafficStatistics.LADDER, 1_000, 10, ticker);
  }

  private static RememberedTraffic remembered(List<Duration> halfLives, Double... hits) {
    return new RememberedTraffic(
        NOW,
        halfLives,
        0,
        new Scores(List.of(hits), 100),
        new Mean(1, 2, 3),
        List.of(new Tenant(tenant(1), List.of(hits), 4, new ModelCost(5, 6))));
  }

  private static TrafficStatistics restored(TrafficStatistics into, RememberedTraffic traffic) {
    into.restore(traffic);
    return into;
  }

  @Test
  void requestsDecayWhileNobodyCounts() {
    TrafficStatistics before = statistics(1_000, MINUTE);
    before.record(Requests.tenForEach(tenants(1)));
    ticker.advance(MINUTE);
    RememberedTraffic traffic = before.remember(10, tenant -> false);
    assertThat(traffic.at()).isEqualTo(ticker.now());
    assertThat(traffic.tenants().get(0).hits().get(0)).isEqualTo(5, within(1e-9));
    ticker.advance(MINUTE.multipliedBy(2));
    TrafficStatistics after = restored(statistics(1_000, MINUTE), traffic);
    assertThat(after.of(tenant(1)).hits()).isEqualTo(1.25, within(1e-9));
    after.record(Requests.tenForEach(tenants(1)));
    assertThat(after.of(tenant(1)).hits()).isEqualTo(11.25, within(1e-9));
    ticker.advance(MINUTE);
    after.record(Requests.tenForEach(tenants(2)));
    assertThat(after.of(tenant(1)).hits()).isEqualTo(5.625, within(1e-9));
  }

  @Test
  void aWallClockThatWasSetBackDecaysNothing() {
    RememberedTraffic traffic = remembered(List.of(MINUTE), 8.0);
    assertThat(traffic.as(List.of(MINUTE), NOW.minus(HOUR)).tenants()).isEqualTo(traffic.tenants());
  }

  @Test
  void ofAnAgeNothingIsLeft() {
    RememberedTraffic traffic = remembered(List.of(MINUTE), 8.0);
    RememberedTraffic later = traffic.as(List.of(MINUTE), Instant.MAX);
    assertThat(later.tenants().get(0).hits()).containsExactly(0.0);
    assertThat(later.tenants().get(0).cost()).isEqualTo(new ModelCost(5, 6));
  }

  /** At a steady rate there are as many more requests as the half-life is longer. */
  @Test
  void aShorterHalfLifeHasItsShareAndALongerOneNoMoreThanWasCounted() {
    RememberedTraffic traffic = remembered(List.of(MINUTE, HOUR), 6.0, 120.0);
    List<Duration> others =
        List.of(Duration.ofSeconds(20), MINUTE, Duration.ofMinutes(30), Duration.ofDays(1));
    RememberedTraffic converted = traffic.as(others, NOW);
    assertThat(converted.tenants().get(0).hits()).containsExactly(2.0, 6.0, 60.0, 120.0);
    assertThat(converted.inForce()).as("the nearest of the minute").isEqualTo(1);
    assertThat(converted.scores().ofHalfLives()).containsExactly(6.0, 6.0, 120.0, 120.0);
    assertThat(converted.scores().requests()).isEqualTo(100);
  }

  @Test
  void costAndWeightGoOn() {
    TrafficStatistics before = statistics(1_000, MINUTE);
    before.record(
        List.of(
            Requests.of(tenant(1), 10, new ModelCost(1_000, 90_000)),
            Requests.of(tenant(2), 10, new ModelCost(3_000, 10_000))));
    before.record(List.of());
    TrafficStatistics after =
        restored(statistics(1_000, MINUTE), before.remember(10, tenant -> false));
    for (int tenant = 1; tenant <= 3; tenant++) {
      assertThat(after.of(tenant(tenant))).isEqualTo(before.of(tenant(tenant)));
    }
    ModelRef second = new ModelRef(tenant(1), new ModelVersion(2));
    TenantTraffic slower = new TenantTraffic(second, 1, 0, 0, new ModelCost(9, 200_000));
    after.record(List.of(slower));
    before.record(List.of(slower));
    assertThat(after.of(tenant(2))).as("by the same averages").isEqualTo(before.of(tenant(2)));
    assertThat(after.of(tenant(1)).weightBytes()).isEqualTo(9);
  }

  @Test
  void theHalfLifeInForceStaysInForce() {
    TrafficStatistics before = ladder();
    before.setPlaces(5);
    for (int second = 0; second < 400; second++) {
      int first = 1 + second / 4 * 5 % 90;
      before.record(Requests.tenForEach(firstTo(99).subList(first - 1, first + 4)));
      ticker.advance(Duration.ofSeconds(1));
    }
    assertThat(before.halfLife()).isLessThanOrEqualTo(Duration.ofSeconds(8));
    TrafficStatistics after = ladder();
    after.setPlaces(5);
    after.restore(before.remember(1_000, tenant -> false));
    assertThat(after.halfLife()).isEqualTo(before.halfLife());
    after.record(List.of(Requests.hits(tenant(1), 1)));
    assertThat(after.halfLife()).as("one request decides nothing").isEqualTo(before.halfLife());
  }

  @Test
  void thoseWhoMustBeAreAmongTheFewAndThenTheMostWorthy() {
    TrafficStatistics busy = statistics(1_000, MINUTE);
    for (int tenant = 1; tenant <= 50; tenant++) {
      busy.record(List.of(Requests.hits(tenant(tenant), tenant)));
    }
    List<TenantId> placed = tenants(1, 2, 60);
    RememberedTraffic few = busy.remember(5, placed::contains);
    assertThat(few.tenants())
        .extracting(Tenant::tenant)
        .containsExactlyInAnyOrder(tenant(1), tenant(2), tenant(50), tenant(49), tenant(48));
    assertThat(few.tenants().get(2).tenant()).isEqualTo(tenant(50));
    assertThat(busy.remember(1, placed::contains).tenants()).hasSize(1);
    assertThat(busy.remember(100, placed::contains).tenants()).hasSize(50);
  }

  @Test
  void whereFewerAreKnownTheMostWorthyOfTheRememberedAre() {
    TrafficStatistics busy = statistics(1_000, MINUTE);
    for (int tenant = 1; tenant <= 400; tenant++) {
      busy.record(List.of(Requests.hits(new TenantId("t" + tenant), tenant)));
    }
    TrafficStatistics few = restored(statistics(100, MINUTE), busy.remember(1_000, t -> false));
    assertThat(few.size()).isEqualTo(100);
    for (int tenant = 301; tenant <= 400; tenant++) {
      assertThat(few.of(new TenantId("t" + tenant)).hits()).isEqualTo(tenant, within(1e-6));
    }
  }

  @Test
  void nothingRememberedChangesNothing() {
    TrafficStatistics after = restored(ladder(), RememberedTraffic.NOTHING);
    assertThat(after.size()).isZero();
    assertThat(after.halfLife()).isEqualTo(ladder().halfLife());
    assertThat(RememberedTraffic.NOTHING.as(TrafficStatistics.LADDER, NOW).isEmpty()).isTrue();
  }

  /** An interruption at any moment, of any length, is a time without requests. */
  @Property(tries = 100)
  void agreesWithStatisticsThatWereNeverInterrupted(
      @ForAll @Size(max = 40) List<@IntRange(min = 1, max = 12) Integer> before,
      @ForAll @Size(max = 40) List<@IntRange(min = 1, max = 12) Integer> after,
      @ForAll @IntRange(max = 100_000) int seconds) {
    TrafficStatistics whole = ladder();
    TrafficStatistics first = ladder();
    whole.setPlaces(3);
    first.setPlaces(3);
    replay(before, whole, first);
    RememberedTraffic traffic = first.remember(100, tenant -> false);
    ticker.advance(Duration.ofSeconds(seconds));
    TrafficStatistics second = ladder();
    second.setPlaces(3);
    second.restore(traffic);
    replay(after, whole, second);
    whole.record(List.of());
    second.record(List.of());
    List<Tenant> expected = whole.remember(100, tenant -> false).tenants();
    for (Tenant of : expected) {
      Tenant found =
          second.remember(100, tenant -> false).tenants().stream()
              .filter(other -> other.tenant().equals(of.tenant()))
              .findFirst()
              .orElseThrow();
      for (int i = 0; i < of.hits().size(); i++) {
        assertThat(found.hits().get(i))
            .isEqualTo(of.hits().get(i), within(1e-9 + of.hits().get(i) * 1e-9));
      }
    }
    assertThat(second.size()).isEqualTo(whole.size());
  }

  private void replay(List<Integer> asked, TrafficStatistics... statistics) {
    for (int tenant : asked) {
      ticker.advance(Duration.ofMillis(20L * tenant * tenant));
      for (TrafficStatistics each : statistics) {
        each.record(List.of(Requests.hits(tenant(tenant), tenant)));
      }
    }
  }
}
