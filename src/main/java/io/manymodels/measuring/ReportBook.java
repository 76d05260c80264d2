package io.manymodels.measuring;

import io.manymodels.time.Ticker;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the reports of one process, one after the other. A report is kept and handed out again
 * until it is known that it has arrived; what is measured meanwhile is in the next one. So a
 * process that dies takes one report with it at most, beside what it has not reported yet.
 * Thread-safe.
 */
public final class ReportBook {
  private final Measurements measurements;
  private final String process;
  private final String deployment;
  private final long started;
  private long sequence;
  private @Nullable MeasuredReport pending;
  private SortedMap<String, Long> counted = new TreeMap<>();
  private final SortedMap<String, TimingCounts> timed = new TreeMap<>();

  /**
   * @param process the name of this process, such as a replica's
   */
  public ReportBook(Measurements measurements, String process, String deployment, Ticker ticker) {
    this.measurements = measurements;
    this.process = process;
    this.deployment = deployment;
    this.started = ticker.now().toEpochMilli();
  }

  /** The report that is to be sent now: the last one again, unless it is known to have arrived. */
  public synchronized MeasuredReport next() {
    measurements.tenants().collect();
    @Nullable MeasuredReport last = pending;
    if (last != null) {
      return last;
    }
    measurements.probe();
    sequence++;
    MeasuredReport report =
        new MeasuredReport(
            process,
            deployment,
            started,
            sequence,
            newCounts(),
            newTimings(),
            measurements.levels(),
            measurements.tenants().take());
    pending = report;
    return report;
  }

  private SortedMap<String, Long> newCounts() {
    SortedMap<String, Long> now = measurements.counted();
    SortedMap<String, Long> more = new TreeMap<>();
    now.forEach(
        (key, value) -> {
          long since = value - counted.getOrDefault(key, 0L);
          // A counter that has counted nothing is told once, so that its metric begins at 0.
          if (since > 0 || !counted.containsKey(key)) {
            more.put(key, since);
          }
        });
    counted = now;
    return more;
  }

  private SortedMap<String, List<Long>> newTimings() {
    SortedMap<String, List<Long>> more = new TreeMap<>();
    measurements
        .timed()
        .forEach(
            (key, now) -> {
              @Nullable TimingCounts before = timed.get(key);
              TimingCounts since = before == null ? now : now.since(before);
              if (before == null || since.count() > 0) {
                more.put(key, since.toList());
                timed.put(key, now);
              }
            });
    return more;
  }

  /**
   * Notes that a report has arrived.
   *
   * @param arrived its number; another one than the last report's changes nothing
   */
  public synchronized void arrived(long arrived) {
    if (pending != null && pending.sequence() == arrived) {
      pending = null;
    }
  }

  /** What this process has measured since it began. */
  public MeasuredTotals own() {
    measurements.probe();
    return measurements.own(process, deployment);
  }
}
