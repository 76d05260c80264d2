package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sums of what all processes report: SharedMemory's part of measuring. A report that comes
 * twice is added once. Sums only grow, for as long as SharedMemory lives. Thread-safe and bounded.
 */
public final class MeasuredSums {
  /** A process that has not reported for so long has no levels any more. */
  public static final Duration SILENCE = Duration.ofSeconds(45);

  /** After which nobody sends a report of its again. */
  private static final Duration FORGOTTEN = Duration.ofMinutes(10);

  private static final int MAX_PROCESSES = 2_000;
  private static final int MAX_SERIES = 5_000;

  private final Ticker ticker;
  private final SortedMap<String, Long> counts = new TreeMap<>();
  private final SortedMap<String, TimingCounts> timings = new TreeMap<>();
  private final Map<String, Reporter> reporters = new HashMap<>();
  private final TenantTable tenants;
  private long repeated;

  /** The last that was heard of a process. */
  private record Reporter(
      long sequence, MeasuredTotals.Levels levels, Deadline live, Deadline remembered) {}

  public MeasuredSums(Ticker ticker) {
    this.ticker = ticker;
    this.tenants = new TenantTable(ticker);
  }

  /** Adds a report, unless it has been added before. */
  public synchronized void add(MeasuredReport report) {
    String key = report.process() + "@" + report.started();
    @Nullable Reporter last = reporters.get(key);
    if (last == null && reporters.size() >= MAX_PROCESSES) {
      reporters.values().removeIf(each -> each.live().passed());
      if (reporters.size() >= MAX_PROCESSES) {
        return;
      }
    }
    long heard = last == null ? 0 : last.sequence();
    reporters.put(
        key,
        new Reporter(
            Math.max(heard, report.sequence()),
            new MeasuredTotals.Levels(report.process(), report.deployment(), report.levels()),
            Deadline.after(SILENCE, ticker),
            Deadline.after(FORGOTTEN, ticker)));
    if (report.sequence() <= heard) {
      repeated++;
      return;
    }
    report.counts().forEach(this::addCount);
    report.timings().forEach(this::addTiming);
    tenants.add(report.tenants());
  }

  private void addCount(String key, Long more) {
    if (more >= 0 && hasRoom(counts, key)) {
      counts.merge(key, more, Long::sum);
    }
  }

  private void addTiming(String key, List<Long> more) {
    if (hasRoom(timings, key)) {
      timings.computeIfAbsent(key, same -> new TimingCounts()).add(TimingCounts.of(more));
    }
  }

  private static boolean hasRoom(Map<String, ?> sums, String key) {
    return sums.containsKey(key) || (sums.size() < MAX_SERIES && Series.ofKey(key).isPresent());
  }

  /**
   * The sums now.
   *
   * @param tenantsOfEach how many of the busiest, the slowest and the most failing tenants
   */
  public synchronized MeasuredTotals totals(int tenantsOfEach) {
    reporters.values().removeIf(each -> each.remembered().passed());
    SortedMap<String, Long> counted = new TreeMap<>(counts);
    counted.merge(Measure.REPORTS_REPEATED.wireName(), repeated, Long::sum);
    SortedMap<String, List<Long>> timed = new TreeMap<>();
    timings.forEach((key, timing) -> timed.put(key, timing.toList()));
    List<MeasuredTotals.Levels> live = new ArrayList<>();
    for (Reporter each : reporters.values()) {
      if (!each.live().passed()) {
        live.add(each.levels());
      }
    }
    return new MeasuredTotals(
        counted, timed, live, tenants.remarkable(tenantsOfEach), tenants.size());
  }

  /** The first tenants in an order, of those that {@code wanted} lets through. */
  public List<TenantFigures> tenants(TenantOrder order, int limit, Predicate<TenantId> wanted) {
    return tenants.list(order, limit, wanted);
  }

  /** Of one tenant; empty when nothing is known of it. */
  public Optional<TenantFigures> tenant(TenantId tenant) {
    return tenants.find(tenant);
  }
}
