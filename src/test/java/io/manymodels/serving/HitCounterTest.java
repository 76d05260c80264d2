package io.manymodels.serving;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.TenantId;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HitCounterTest {
  private final FakeTicker ticker = new FakeTicker();
  private final HitCounter hits = new HitCounter(3, ticker);

  private void record(int... tenants) {
    for (TenantId tenant : tenants(tenants)) {
      hits.record(tenant);
      ticker.advance(Duration.ofMillis(1));
    }
  }

  @Test
  void reportsEachTenantOnceTheLatestLast() {
    record(2, 1, 3, 2);
    assertThat(hits.drain()).containsExactlyElementsOf(tenants(1, 3, 2));
    assertThat(hits.drain()).isEmpty();
  }

  @Test
  void theOrderSurvivesAnOverflowOfTheClock() {
    record(1);
    ticker.advance(Duration.ofSeconds(3));
    record(2);
    assertThat(hits.drain()).containsExactlyElementsOf(tenants(1, 2));
  }

  @Test
  void hitsOfOneMomentAreInTheOrderOfNames() {
    hits.record(tenant(3));
    hits.record(tenant(1));
    assertThat(hits.drain()).containsExactlyElementsOf(tenants(1, 3));
  }

  @Test
  void isBoundedWithinAnInterval() {
    record(1, 2, 3, 4, 1, 5);
    assertThat(hits.drain()).containsExactlyElementsOf(tenants(2, 3, 1));
    record(4);
    assertThat(hits.drain()).containsExactlyElementsOf(tenants(4));
  }

  @Test
  void manyThreadsMayRecordWhileOneDrains() throws Exception {
    HitCounter wide = new HitCounter(1_000, ticker);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    Set<TenantId> drained = new HashSet<>();
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        ends.add(threads.submit(() -> firstTo(90).forEach(wide::record)));
      }
      while (!ends.stream().allMatch(Future::isDone)) {
        drained.addAll(wide.drain());
      }
      for (Future<?> end : ends) {
        assertThat(end.get(20, TimeUnit.SECONDS)).isNull();
      }
    } finally {
      threads.shutdownNow();
    }
    drained.addAll(wide.drain());
    assertThat(firstTo(90)).containsAll(drained);
  }
}
