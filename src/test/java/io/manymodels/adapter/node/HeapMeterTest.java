package io.manymodels.adapter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HeapMeterTest {
  private final FakeTicker ticker = new FakeTicker();
  private final AtomicInteger collections = new AtomicInteger();
  private final HeapMeter meter =
      new HeapMeter(
          Runtime.getRuntime(),
          () -> {
            var unused = collections.incrementAndGet();
          },
          ticker);

  @Test
  void theHeapIsCollectedOnceInTenSeconds() {
    meter.reclaim();
    meter.reclaim();
    assertThat(collections).hasValue(1);
    ticker.advance(Duration.ofSeconds(10));
    meter.reclaim();
    assertThat(collections).hasValue(2);
  }

  @Test
  void anEighthOfTheHeapIsLeftToRequests() {
    long heap = Runtime.getRuntime().maxMemory();
    assertThat(meter.limitBytes()).isEqualTo(heap - heap / 8);
    assertThat(meter.freeBytes()).isBetween(0L, meter.limitBytes());
  }
}
