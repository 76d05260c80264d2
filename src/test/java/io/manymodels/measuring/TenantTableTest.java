package io.manymodels.measuring;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.TenantId;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TenantTableTest {
  private static final long MIB = 1 << 20;
  private final FakeTicker ticker = new FakeTicker();
  private final TenantTable table = new TenantTable(ticker, 10, 1_000);

  private static TenantMeasured hits(TenantId tenant, int requests, int bucket) {
    return new TenantMeasured(tenant, requests, 0, 0, 0, 0, 0, List.of(bucket, requests));
  }

  private static TenantMeasured errors(TenantId tenant, int errors, int refusals) {
    return new TenantMeasured(tenant, 0, 0, 0, errors, refusals, 0, List.of());
  }

  private static List<TenantId> names(List<TenantFigures> figures) {
    return figures.stream().map(TenantFigures::tenant).toList();
  }

  @Test
  void addsUp() {
    table.add(List.of(new TenantMeasured(tenant(1), 1, 2, 3, 4, 5, 1_500_000, List.of(100, 6))));
    table.add(List.of(new TenantMeasured(tenant(1), 1, 0, 0, 0, 0, 500_000, List.of(100, 1))));
    TenantFigures of = table.find(tenant(1)).orElseThrow();
    assertThat(of.requests()).isEqualTo(16);
    assertThat(of.errors()).isEqualTo(9);
    assertThat(of.hits()).isEqualTo(2);
    assertThat(of.overflowHits()).isEqualTo(2);
    assertThat(of.loads()).isEqualTo(3);
    assertThat(of.predictionSeconds()).isEqualTo(2);
    assertThat(of.p99()).isEqualTo(Buckets.nanos(100) / 1e9);
    assertThat(of.lastUsedMillis()).isEqualTo(ticker.now().toEpochMilli());
    assertThat(table.find(tenant(2))).isEmpty();
  }

  @Test
  void refusalsOfANameThatNobodyKnowsAreNotKept() {
    table.add(List.of(errors(tenant(1), 0, 50)));
    assertThat(table.size()).isZero();
    table.add(List.of(errors(tenant(1), 1, 0)));
    table.add(List.of(errors(tenant(1), 0, 50)));
    assertThat(table.find(tenant(1)).orElseThrow().errors()).isEqualTo(51);
  }

  @Test
  void theQuietestIsForgottenWhenThereAreTooMany() {
    for (int i = 1; i <= 10; i++) {
      table.add(List.of(hits(tenant(i), 1, 100)));
      ticker.advance(Duration.ofSeconds(1));
    }
    table.add(List.of(hits(tenant(1), 1, 100)));
    table.add(List.of(hits(tenant(11), 1, 100)));
    assertThat(table.size()).isEqualTo(10);
    assertThat(table.find(tenant(2))).isEmpty();
    assertThat(table.find(tenant(1))).isPresent();
    assertThat(table.sketchBytes()).isEqualTo(10 * 2);
  }

  @Test
  void theLatenciesOfTheQuietestAreForgottenWhenTheyTakeTooMuch() {
    for (int i = 1; i <= 5; i++) {
      List<Integer> wide = new ArrayList<>();
      for (int bucket = 0; bucket < 120; bucket++) {
        wide.add(bucket);
        wide.add(1);
      }
      table.add(List.of(new TenantMeasured(tenant(i), 120, 0, 0, 0, 0, 0, wide)));
      ticker.advance(Duration.ofSeconds(1));
    }
    assertThat(table.sketchBytes()).isBetween(700L, 1_000L);
    assertThat(table.find(tenant(1)).orElseThrow().p99()).isZero();
    assertThat(table.find(tenant(1)).orElseThrow().requests()).isEqualTo(120);
    assertThat(table.find(tenant(5)).orElseThrow().p99()).isPositive();
  }

  @Test
  void listsInAnyOrder() {
    table.add(List.of(hits(tenant(1), 5, 300), hits(tenant(2), 9, 100), errors(tenant(3), 7, 0)));
    assertThat(names(table.list(TenantOrder.REQUESTS, 2, all -> true)))
        .containsExactly(tenant(2), tenant(3));
    assertThat(names(table.list(TenantOrder.P99, 10, all -> true)))
        .containsExactly(tenant(1), tenant(2), tenant(3));
    assertThat(names(table.list(TenantOrder.ERRORS, 1, all -> true))).containsExactly(tenant(3));
    assertThat(names(table.list(TenantOrder.NAME, 10, all -> true)))
        .containsExactly(tenant(1), tenant(2), tenant(3));
    assertThat(names(table.list(TenantOrder.NAME, 10, each -> !each.equals(tenant(2)))))
        .containsExactly(tenant(1), tenant(3));
  }

  @Test
  void remarkableAreThoseOfNow() {
    table.add(List.of(hits(tenant(1), 5, 400), errors(tenant(2), 7, 0)));
    ticker.advance(Duration.ofHours(10));
    table.add(List.of(hits(tenant(3), 5, 100), hits(tenant(4), 4, 200), errors(tenant(5), 1, 0)));
    assertThat(names(table.remarkable(1))).containsExactly(tenant(3), tenant(4), tenant(5));
    assertThat(table.remarkable(0)).isEmpty();
  }

  /** The bound of issue 21: names as long as they may be, latencies as wide as they ever get. */
  @Test
  void aHundredThousandTenantsAreWithin64Mib() {
    long before = usedBytes();
    TenantTable full = new TenantTable(ticker);
    Random random = new Random(3);
    for (int batch = 0; batch < 120; batch++) {
      List<TenantMeasured> reports = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        TenantId tenant = new TenantId("t".repeat(120) + String.format("%08d", batch * 1_000 + i));
        List<Integer> latencies = new ArrayList<>();
        for (int bucket = random.nextInt(3); bucket < Buckets.COUNT; bucket += 2) {
          latencies.add(bucket);
          latencies.add(1 + random.nextInt(60));
        }
        reports.add(new TenantMeasured(tenant, 100, 10, 10, 1, 1, 1, latencies));
      }
      full.add(reports);
      ticker.advance(Duration.ofMillis(100));
    }
    long after = usedBytes();
    assertThat(full.size()).isBetween(94_000, TenantTable.MAX_TENANTS);
    assertThat(full.sketchBytes()).isBetween(25 * MIB, 30 * MIB);
    System.getLogger(TenantTableTest.class.getName())
        .log(
            System.Logger.Level.INFO,
            "{0} tenants take {1} MiB",
            full.size(),
            (after - before) / MIB);
    assertThat(after - before).isBetween(30 * MIB, 64 * MIB);
    assertThat(full.remarkable(20)).hasSizeGreaterThan(20);
  }

  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
