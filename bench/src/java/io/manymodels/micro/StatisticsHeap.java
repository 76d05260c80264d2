package io.manymodels.micro;

import io.manymodels.stats.ModelCost;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.time.Ticker;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prints the heap that {@link TrafficStatistics} takes with 100,000 known tenants, names included:
 * what is in use after a collection with it, less what is without it.
 */
public final class StatisticsHeap {
  private static final int TENANTS = 100_000;
  private static final int REPORT_TENANTS = 1_000;
  private static final int ROUNDS = 3;
  private static final MemoryMXBean MEMORY = ManagementFactory.getMemoryMXBean();

  private StatisticsHeap() {}

  /** Prints one line of JSON. */
  public static void main(String[] arguments) {
    // Once before, so that no class is loaded in between.
    fill(new TrafficStatistics(TrafficStatistics.LADDER, TENANTS, 10, Ticker.SYSTEM));
    long before = used();
    TrafficStatistics statistics =
        new TrafficStatistics(TrafficStatistics.LADDER, TENANTS, 10, Ticker.SYSTEM);
    fill(statistics);
    long after = used();
    System.out.println(
        String.format(
            Locale.ROOT, "{\"known\":%d,\"bytes\":%d}", statistics.size(), after - before));
  }

  /** As reports come in: objects of their own for the same names, again and again. */
  private static void fill(TrafficStatistics statistics) {
    for (int round = 0; round < ROUNDS; round++) {
      for (int from = 0; from < TENANTS; from += REPORT_TENANTS) {
        List<TenantTraffic> report = new ArrayList<>();
        for (int i = from; i < from + REPORT_TENANTS; i++) {
          ModelCost cost = new ModelCost(100_000, 2_000);
          report.add(new TenantTraffic(Draws.model(i), 1, 0, 0, cost));
        }
        statistics.record(report);
      }
    }
  }

  private static long used() {
    for (int i = 0; i < ROUNDS; i++) {
      System.gc();
    }
    return MEMORY.getHeapMemoryUsage().getUsed();
  }
}
