package io.manymodels.measuring;

import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.function.DoubleSupplier;

/**
 * All that one process measures, from its start. Series are looked up once, by those who count;
 * counting itself takes no lock and allocates nothing. Thread-safe.
 */
public final class Measurements {
  /** What is counted where nobody reads it, as in a rehearsal. */
  public static Measurements unread() {
    return new Measurements(Map::of, Ticker.SYSTEM);
  }

  /** Some of the figures take a system call for each open file. */
  private static final Duration FIGURES_AGE = Duration.ofSeconds(5);

  /** Figures, and when they were read, in nanoseconds since the process began. */
  private record Read(Map<Measure, Double> figures, long at) {}

  private final ProcessFigures figures;
  private final Ticker ticker;
  private final long began;
  private final TenantLog tenants;
  private final ConcurrentMap<Series, Count> counts = new ConcurrentHashMap<>();
  private final ConcurrentMap<Series, Timing> timings = new ConcurrentHashMap<>();
  private final ConcurrentMap<Series, Queue<DoubleSupplier>> levels = new ConcurrentHashMap<>();
  private volatile Read lastRead = new Read(Map.of(), -FIGURES_AGE.toNanos());
  private final Queue<Runnable> probes = new ConcurrentLinkedQueue<>();

  public Measurements(ProcessFigures figures, Ticker ticker) {
    this.figures = figures;
    this.ticker = ticker;
    this.began = ticker.nanos();
    this.tenants = new TenantLog(count(Measure.TENANT_SAMPLES_DROPPED));
  }

  /** The counter of a series: always the same one. */
  public Count count(Measure measure, String... labels) {
    return counts.computeIfAbsent(series(measure, labels), same -> new Count());
  }

  /** The durations of a series: always the same ones. */
  public Timing timing(Measure measure, String... labels) {
    return timings.computeIfAbsent(series(measure, labels), same -> new Timing());
  }

  private static Series series(Measure measure, String... labels) {
    return new Series(measure, List.of(labels));
  }

  /**
   * Adds a level that is read for each report; several of one series are added up.
   *
   * @param level quick, and does not throw
   */
  public void level(DoubleSupplier level, Measure measure, String... labels) {
    levels
        .computeIfAbsent(series(measure, labels), same -> new ConcurrentLinkedQueue<>())
        .add(level);
  }

  /**
   * Has this run before each report.
   *
   * @param probe quick, and does not throw
   */
  public void beforeReports(Runnable probe) {
    probes.add(probe);
  }

  /** What single tenants' requests did since the last report. */
  public TenantLog tenants() {
    return tenants;
  }

  /** Since this process began. */
  Duration age() {
    return Duration.ofNanos(ticker.nanos() - began);
  }

  void probe() {
    probes.forEach(Runnable::run);
  }

  SortedMap<String, Long> counted() {
    SortedMap<String, Long> now = new TreeMap<>();
    counts.forEach((series, count) -> now.put(series.key(), count.value()));
    return now;
  }

  SortedMap<String, TimingCounts> timed() {
    SortedMap<String, TimingCounts> now = new TreeMap<>();
    timings.forEach((series, timing) -> now.put(series.key(), timing.counts()));
    return now;
  }

  SortedMap<String, Double> levels() {
    SortedMap<String, Double> now = new TreeMap<>();
    levels.forEach(
        (series, all) ->
            now.put(series.key(), all.stream().mapToDouble(DoubleSupplier::getAsDouble).sum()));
    figures().forEach((measure, value) -> now.put(measure.wireName(), value));
    now.put(Measure.PROCESS_UPTIME_SECONDS.wireName(), age().toNanos() / 1e9);
    return now;
  }

  private Map<Measure, Double> figures() {
    Read last = lastRead;
    long now = age().toNanos();
    if (now - last.at() >= FIGURES_AGE.toNanos()) {
      last = new Read(figures.read(), now);
      lastRead = last;
    }
    return last.figures();
  }

  /** What this process alone has measured since it began. */
  public MeasuredTotals own(String process, String deployment) {
    SortedMap<String, List<Long>> durations = new TreeMap<>();
    timed().forEach((key, timing) -> durations.put(key, timing.toList()));
    return new MeasuredTotals(
        counted(),
        durations,
        List.of(new MeasuredTotals.Levels(process, deployment, levels())),
        List.of(),
        0);
  }
}
