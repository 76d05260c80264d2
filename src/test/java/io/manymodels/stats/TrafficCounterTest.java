package io.manymodels.stats;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.Requests;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TrafficCounterTest {
  private final TrafficCounter counter = new TrafficCounter(3);

  private void record(int tenant, int version, Served served) {
    counter.record(new ModelRef(tenant(tenant), new ModelVersion(version)), served, Requests.COST);
  }

  @Test
  void reportsEachTenantOnceByHowItWasServed() {
    record(2, 1, Served.LOAD);
    record(1, 1, Served.HIT);
    record(2, 1, Served.OVERFLOW_HIT);
    record(2, 3, Served.OVERFLOW_HIT);
    ModelRef latest = new ModelRef(tenant(2), new ModelVersion(3));
    assertThat(counter.drain())
        .containsExactly(
            Requests.hits(tenant(1), 1), new TenantTraffic(latest, 0, 2, 1, Requests.COST));
    assertThat(counter.drain()).isEmpty();
  }

  @Test
  void isBoundedWithinAnInterval() {
    firstTo(5)
        .forEach(
            t -> counter.record(new ModelRef(t, new ModelVersion(1)), Served.HIT, Requests.COST));
    record(1, 1, Served.HIT);
    assertThat(counter.drain()).extracting(TenantTraffic::requests).containsExactly(2, 1, 1);
    record(4, 1, Served.HIT);
    assertThat(counter.drain()).extracting(TenantTraffic::tenant).containsExactly(tenant(4));
  }

  @Test
  @Timeout(20)
  void aReportIsDueEarlyWhenThereIsMuchTraffic() throws InterruptedException {
    for (int i = 0; i < TrafficCounter.EARLY; i++) {
      record(1, 1, Served.HIT);
    }
    counter.awaitDue();
    assertThat(counter.drain())
        .extracting(TenantTraffic::hits)
        .containsExactly(TrafficCounter.EARLY);
  }

  @Test
  @Timeout(20)
  void aReportIsDueSoonAfterTheFirstRequestAndNotBefore() throws Exception {
    for (int round = 1; round <= 3; round++) {
      CompletableFuture<List<TenantTraffic>> reported = new CompletableFuture<>();
      Thread reporter =
          new Thread(
              () -> {
                try {
                  counter.awaitDue();
                  reported.complete(counter.drain());
                } catch (InterruptedException e) {
                  reported.completeExceptionally(e);
                }
              });
      reporter.start();
      Eventually.holds("it waits", () -> reporter.getState() == Thread.State.TIMED_WAITING);
      record(1, round, Served.HIT);
      assertThat(reported.get()).hasSize(1);
    }
  }

  @Test
  @Timeout(20)
  void whoEndsDoesNotWaitForTraffic() throws InterruptedException {
    counter.hurry();
    counter.awaitDue();
    assertThat(counter.drain()).isEmpty();
  }

  @Test
  void noRequestIsLostWhileOneDrains() throws Exception {
    TrafficCounter wide = new TrafficCounter(1_000);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    long drained = 0;
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        ends.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < 200; round++) {
                    firstTo(50)
                        .forEach(
                            t ->
                                wide.record(
                                    new ModelRef(t, new ModelVersion(1)),
                                    Served.HIT,
                                    Requests.COST));
                  }
                }));
      }
      while (!ends.stream().allMatch(Future::isDone)) {
        drained += count(wide.drain());
      }
      for (Future<?> end : ends) {
        assertThat(end.get(20, TimeUnit.SECONDS)).isNull();
      }
    } finally {
      threads.shutdownNow();
    }
    drained += count(wide.drain());
    assertThat(drained).isEqualTo(30_000);
  }

  private static long count(List<TenantTraffic> traffic) {
    return traffic.stream().mapToLong(TenantTraffic::requests).sum();
  }
}
