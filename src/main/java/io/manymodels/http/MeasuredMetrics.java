package io.manymodels.http;

import io.manymodels.measuring.Measure;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.measuring.Series;
import io.manymodels.measuring.TimingCounts;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What processes have measured, as metrics. Thread-confined. */
final class MeasuredMetrics {
  private static final String PREFIX = "mms_";
  private static final double NANOS = 1e9;

  private final Map<Measure, CounterSnapshot.Builder> counters = new EnumMap<>(Measure.class);
  private final Map<Measure, GaugeSnapshot.Builder> gauges = new EnumMap<>(Measure.class);
  private final Map<Measure, HistogramSnapshot.Builder> histograms = new EnumMap<>(Measure.class);
  private final List<MetricSnapshot> snapshots = new ArrayList<>();

  private MeasuredMetrics() {}

  /** The metrics of these measurements; a measure without a series is left out. */
  static List<MetricSnapshot> of(MeasuredTotals totals) {
    MeasuredMetrics metrics = new MeasuredMetrics();
    each(totals.counts(), metrics::counter);
    each(totals.timings(), metrics::histogram);
    metrics.levels(totals.processes());
    metrics.counters.values().forEach(each -> metrics.snapshots.add(each.build()));
    metrics.gauges.values().forEach(each -> metrics.snapshots.add(each.build()));
    metrics.histograms.values().forEach(each -> metrics.snapshots.add(each.build()));
    metrics.snapshots.addAll(TenantMetrics.of(totals.tenants()));
    return metrics.snapshots;
  }

  private static <T> void each(SortedMap<String, T> bySeries, BiConsumer<Series, T> action) {
    bySeries.forEach(
        (key, value) -> Series.ofKey(key).ifPresent(series -> action.accept(series, value)));
  }

  private void counter(Series series, Number value) {
    addCounter(series.measure(), labels(series), value.doubleValue());
  }

  private void addCounter(Measure measure, Labels labels, double value) {
    counters
        .computeIfAbsent(measure, of -> CounterSnapshot.builder().name(name(of)).help(of.help()))
        .dataPoint(CounterDataPointSnapshot.builder().labels(labels).value(value).build());
  }

  private void addGauge(Measure measure, Labels labels, double value) {
    gauges
        .computeIfAbsent(measure, of -> GaugeSnapshot.builder().name(name(of)).help(of.help()))
        .dataPoint(GaugeDataPointSnapshot.builder().labels(labels).value(value).build());
  }

  private void histogram(Series series, List<Long> counts) {
    TimingCounts timing = TimingCounts.of(counts);
    histograms
        .computeIfAbsent(
            series.measure(), of -> HistogramSnapshot.builder().name(name(of)).help(of.help()))
        .dataPoint(
            HistogramDataPointSnapshot.builder()
                .labels(labels(series))
                .classicHistogramBuckets(LatencyBounds.of(timing))
                .sum(timing.nanos() / NANOS)
                .build());
  }

  /** Those that add up are added up; others have the name of their process. */
  private void levels(List<MeasuredTotals.Levels> processes) {
    SortedMap<String, Double> sums = new TreeMap<>();
    SortedMap<String, Integer> reporting = new TreeMap<>();
    for (MeasuredTotals.Levels process : processes) {
      reporting.merge(process.deployment(), 1, Integer::sum);
      process
          .levels()
          .forEach(
              (key, value) -> {
                @Nullable Series series = Series.ofKey(key).orElse(null);
                if (series != null && series.measure().kind() == Measure.Kind.GAUGE) {
                  sums.merge(key, value, Double::sum);
                } else if (series != null) {
                  ofProcess(series.measure(), process, value);
                }
              });
    }
    each(sums, (series, value) -> addGauge(series.measure(), labels(series), value));
    GaugeSnapshot.Builder live =
        GaugeSnapshot.builder()
            .name(PREFIX + "reporting_processes")
            .help("Processes whose measurements are in these metrics and that report now");
    reporting.forEach(
        (deployment, count) ->
            live.dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(Labels.of("deployment", deployment))
                    .value(count)
                    .build()));
    if (!reporting.isEmpty()) {
      snapshots.add(live.build());
    }
  }

  private void ofProcess(Measure measure, MeasuredTotals.Levels process, double value) {
    Labels labels = Labels.of("deployment", process.deployment(), "replica", process.process());
    if (measure.kind() == Measure.Kind.PROCESS_COUNTER) {
      addCounter(measure, labels, value);
    } else {
      addGauge(measure, labels, value);
    }
  }

  private static String name(Measure measure) {
    return PREFIX + measure.wireName();
  }

  private static Labels labels(Series series) {
    return Labels.of(series.measure().labels(), series.labels());
  }
}
