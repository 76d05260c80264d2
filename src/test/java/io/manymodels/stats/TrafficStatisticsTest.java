package io.manymodels.stats;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TrafficStatisticsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final FakeTicker ticker = new FakeTicker();
  private final TrafficStatistics statistics = statistics(List.of(MINUTE), 1_000);

  private TrafficStatistics statistics(List<Duration> halfLives, int known) {
    return new TrafficStatistics(halfLives, known, 10, ticker);
  }

  @Test
  void aRequestCountsHalfAfterAHalfLife() {
    statistics.record(Requests.tenForEach(tenants(1)));
    ticker.advance(MINUTE);
    statistics.record(Requests.tenForEach(tenants(2)));
    assertThat(statistics.of(tenant(1)).hits()).isEqualTo(5, within(1e-9));
    assertThat(statistics.of(tenant(2)).hits()).isEqualTo(10, within(1e-9));
    assertThat(statistics.of(tenant(3)).hits()).isZero();
    assertThat(statistics.above(5.1)).extracting(TenantWorth::tenant).containsExactly(tenant(2));
  }

  @Test
  void countsStayRightOverThousandsOfHalfLives() {
    for (int i = 0; i < 3_000; i++) {
      ticker.advance(MINUTE);
      statistics.record(Requests.tenForEach(tenants(1)));
    }
    assertThat(statistics.of(tenant(1)).hits()).isEqualTo(20, within(1e-6));
  }

  @Test
  void aModelThatIsSlowToLoadIsWorthMore() {
    statistics.record(
        List.of(
            Requests.of(tenant(1), 10, new ModelCost(1_000, 90_000)),
            Requests.of(tenant(2), 10, new ModelCost(3_000, 10_000))));
    assertThat(statistics.of(tenant(1)).cost() / statistics.of(tenant(2)).cost())
        .isEqualTo((10 + 90.0) / (10 + 10), within(1e-9));
    assertThat(statistics.of(tenant(2)).weightBytes()).isEqualTo(3_000);
    assertThat(statistics.of(tenant(9)).weightBytes()).as("the mean").isEqualTo(2_000);
  }

  @Test
  void theQuickestLoadOfAVersionCounts() {
    for (long micros : new long[] {90_000, 10_000, 50_000}) {
      statistics.record(List.of(Requests.of(tenant(1), 1, new ModelCost(1_000, micros))));
    }
    statistics.record(List.of(Requests.of(tenant(2), 1, new ModelCost(1_000, 10_000))));
    assertThat(statistics.of(tenant(1)).cost()).isEqualTo(statistics.of(tenant(2)).cost());
    ModelRef second = new ModelRef(tenant(1), new ModelVersion(2));
    statistics.record(List.of(new TenantTraffic(second, 1, 0, 0, new ModelCost(9, 70_000))));
    assertThat(statistics.of(tenant(1)).cost()).isGreaterThan(statistics.of(tenant(2)).cost());
    assertThat(statistics.of(tenant(1)).weightBytes()).isEqualTo(9);
  }

  @Test
  void tenantsThatAreAskedForOnceDoNotPushOutSteadyOnes() {
    TrafficStatistics few = statistics(TrafficStatistics.LADDER, 100);
    for (int round = 0; round < 20; round++) {
      few.record(Requests.tenForEach(firstTo(50)));
      for (int i = 0; i < 500; i++) {
        few.record(List.of(Requests.hits(new TenantId("once" + round + "-" + i), 1)));
      }
    }
    assertThat(few.size()).isLessThanOrEqualTo(100);
    assertThat(firstTo(50)).allMatch(tenant -> few.of(tenant).hits() > 100);
    assertThat(few.totals().hits()).isEqualTo(20 * (500 + 500));
  }

  @Test
  void aShortHalfLifeIsChosenWhenTheTrafficMovesOnAndALongOneWhenItStays() {
    TrafficStatistics adaptive = statistics(TrafficStatistics.LADDER, 10_000);
    adaptive.setPlaces(5);
    Map<TenantId, Integer> seen = new HashMap<>();
    for (int second = 0; second < 400; second++) {
      int first = 1 + second / 4 * 5 % 90;
      adaptive.record(Requests.tenForEach(firstTo(99).subList(first - 1, first + 4)));
      ticker.advance(Duration.ofSeconds(1));
      seen.merge(tenant(first), 1, Integer::sum);
    }
    assertThat(adaptive.halfLife()).isLessThanOrEqualTo(Duration.ofSeconds(8));
    for (int second = 0; second < 2_000; second++) {
      adaptive.record(
          Requests.tenForEach(
              second % 2 == 0 ? tenants(1, 2, 3, 60) : tenants(4, 5, 1, 61 + second % 30)));
      ticker.advance(Duration.ofSeconds(1));
    }
    assertThat(adaptive.halfLife()).isGreaterThanOrEqualTo(Duration.ofSeconds(8));
    assertThat(seen).isNotEmpty();
  }

  /** Against counts that are decayed one by one, with tenants being forgotten in between. */
  @Property(tries = 200)
  void agreesWithANaiveModel(
      @ForAll @Size(max = 60) List<@IntRange(min = 1, max = 12) Integer> asked) {
    FakeTicker time = new FakeTicker();
    TrafficStatistics subject = new TrafficStatistics(List.of(MINUTE), 100, 10, time);
    Map<TenantId, Double> naive = new HashMap<>();
    for (int tenant : asked) {
      time.advance(Duration.ofSeconds(20));
      naive.replaceAll((t, count) -> count * Math.pow(0.5, 20.0 / 60));
      subject.record(List.of(Requests.hits(tenant(tenant), tenant)));
      naive.merge(tenant(tenant), (double) tenant, Double::sum);
    }
    naive.forEach(
        (tenant, count) ->
            assertThat(subject.of(tenant).hits()).isEqualTo(count, within(count * 1e-9)));
    assertThat(subject.size()).isEqualTo(naive.size());
  }
}
