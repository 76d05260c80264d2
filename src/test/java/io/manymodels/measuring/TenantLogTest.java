package io.manymodels.measuring;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.TenantId;
import io.manymodels.testing.Parallel;
import io.manymodels.time.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TenantLogTest {
  private final Measurements measurements = new Measurements(Map::of, Ticker.SYSTEM);
  private final TenantLog log = measurements.tenants();

  private long dropped() {
    return measurements.count(Measure.TENANT_SAMPLES_DROPPED).value();
  }

  @Test
  void tellsRequestsByTenantAndOutcome() {
    log.record(tenant(2), RequestOutcome.HIT, 1_000_000);
    log.record(tenant(1), RequestOutcome.LOAD, 50_000_000);
    log.record(tenant(2), RequestOutcome.HIT, 1_000_000);
    log.record(tenant(2), RequestOutcome.ERROR, 7_000_000);
    log.record(tenant(2), RequestOutcome.REFUSAL, 0);
    log.predicted(tenant(2), 3_000);
    int bucket = Buckets.of(1_000_000);
    assertThat(log.take())
        .containsExactly(
            new TenantMeasured(tenant(1), 0, 0, 1, 0, 0, 0, List.of(Buckets.of(50_000_000), 1)),
            new TenantMeasured(tenant(2), 2, 0, 0, 1, 1, 3, List.of(bucket, 2)));
    assertThat(log.take()).isEmpty();
    log.predicted(tenant(2), 5_000);
    assertThat(log.take()).extracting(TenantMeasured::predictionMicros).containsExactly(5L);
  }

  @Test
  void whatIsNotCollectedInTimeIsCountedAndLeftOut() {
    for (int i = 0; i < 20_000; i++) {
      log.record(tenant(1), RequestOutcome.HIT, 1_000);
    }
    int kept = log.take().get(0).hits();
    assertThat(kept).isEqualTo(1 << 14);
    assertThat(dropped()).isEqualTo(20_000 - kept);
  }

  @Test
  void namesThatAnybodyMakesUpAreBounded() {
    for (int i = 0; i < 10_000; i++) {
      log.record(tenant(i), RequestOutcome.REFUSAL, 0);
    }
    log.record(tenant(99_999), RequestOutcome.HIT, 1_000);
    assertThat(log.take()).hasSize(TenantLog.MAX_DOUBTFUL + 1);
    assertThat(dropped()).isEqualTo(10_000 - TenantLog.MAX_DOUBTFUL);
  }

  @Test
  @Timeout(60)
  void everyRequestIsInExactlyOneReport() throws Exception {
    int threads = 4;
    int each = 50_000;
    AtomicBoolean done = new AtomicBoolean();
    List<TenantMeasured> all = new ArrayList<>();
    Thread reporter =
        new Thread(
            () -> {
              while (!done.get()) {
                all.addAll(log.take());
              }
            });
    reporter.start();
    AtomicInteger numbers = new AtomicInteger();
    List<Integer> ended =
        Parallel.call(
            threads,
            () -> {
              TenantId own = tenant(numbers.getAndIncrement());
              for (int i = 0; i < each; i++) {
                log.record(own, RequestOutcome.HIT, 1_000);
                log.predicted(tenant(i % 7), 1_000);
              }
              return each;
            });
    assertThat(ended).hasSize(threads);
    done.set(true);
    reporter.join();
    all.addAll(log.take());
    long hits = all.stream().mapToLong(TenantMeasured::hits).sum();
    assertThat(hits + dropped()).isEqualTo((long) threads * each);
    assertThat(all.stream().mapToLong(TenantMeasured::predictionMicros).sum())
        .isEqualTo((long) threads * each);
  }
}
