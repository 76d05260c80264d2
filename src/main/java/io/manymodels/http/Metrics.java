package io.manymodels.http;

import io.manymodels.json.StatusJson;
import io.manymodels.measuring.MeasuredTotals;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The answer to GET /metrics: the application as a whole in Prometheus' text format, the same
 * whichever Dispatcher answers, or the process that answers alone. Metrics that Java replicas give
 * to Ray do not reach its exporters (Ray 2.60.0). Stateless.
 */
final class Metrics {
  private static final PrometheusTextFormatWriter WRITER = PrometheusTextFormatWriter.create();

  /** A figure of the application as a whole. */
  private record Figure(String name, String help, ToDoubleFunction<OperatorStatus> value) {}

  private static final List<Figure> GAUGES =
      List.of(
          new Figure(
              "mms_placed_tenants",
              "Tenants in hot deployments",
              status -> status.placement().placed()),
          new Figure(
              "mms_dispatchers",
              "Dispatchers that route by a table",
              status -> status.placement().dispatchers()),
          new Figure(
              "mms_hit_ratio",
              "Requests that a hot deployment answered, as a part of all",
              status -> status.placement().traffic().hitRatio()),
          new Figure(
              "mms_known_tenants",
              "Tenants whose traffic is remembered",
              status -> status.placement().traffic().knownTenants()),
          new Figure(
              "mms_placement_half_life_seconds",
              "Half-life of the requests that decide placement now",
              status -> status.placement().traffic().halfLifeSeconds()),
          new Figure(
              "mms_table_push_seconds",
              "From the publication of a table until every Dispatcher had it, the last time",
              status -> status.placement().pushSeconds()),
          new Figure(
              "mms_user_configs_refused",
              "Deployments whose user_config is not in force",
              status -> status.refused().size()),
          new Figure(
              "mms_quarantined_models",
              "Models that crashed on requests, which are refused for a while",
              status -> status.quarantined().size()));

  private static final List<Figure> COUNTERS =
      List.of(
          new Figure(
              "mms_placement_promotions",
              "Promotions by traffic",
              status -> status.placement().promotions()),
          new Figure(
              "mms_placement_evictions",
              "Tenants that lost their place, for whatever cause",
              status -> status.placement().evictions()));

  private Metrics() {}

  /**
   * The metrics of the whole application.
   *
   * @param measured empty when SharedMemory does not tell
   */
  static HttpResponse write(OperatorStatus status, Optional<MeasuredTotals> measured) {
    MetricSnapshots.Builder all = snapshots(status);
    measured.ifPresent(
        totals -> {
          all.metricSnapshot(
              gauge(
                  "mms_measured_tenants",
                  "Tenants that figures are kept of, which GET /tenants tells",
                  totals.knownTenants()));
          MeasuredMetrics.of(totals).forEach(all::metricSnapshot);
        });
    return write(all.build());
  }

  /** The metrics of one process. */
  static HttpResponse write(MeasuredTotals own) {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    MeasuredMetrics.of(own).forEach(all::metricSnapshot);
    return write(all.build());
  }

  private static HttpResponse write(MetricSnapshots snapshots) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      WRITER.write(out, snapshots, EscapingScheme.ALLOW_UTF8);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return new HttpResponse(200, WRITER.getContentType(), Map.of(), out.toByteArray());
  }

  private static MetricSnapshots.Builder snapshots(OperatorStatus status) {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    GAUGES.forEach(
        of -> all.metricSnapshot(gauge(of.name(), of.help(), of.value().applyAsDouble(status))));
    COUNTERS.forEach(
        of -> all.metricSnapshot(counter(of.name(), of.help(), of.value().applyAsDouble(status))));
    all.metricSnapshot(requests(status.placement().traffic()));
    replicas(status, all);
    return all;
  }

  /** The figures with one value for each replica. */
  private static void replicas(OperatorStatus status, MetricSnapshots.Builder all) {
    GaugeSnapshot.Builder models = gauges("mms_loaded_models", "Models that a replica holds");
    GaugeSnapshot.Builder hotWeight =
        gauges(
            "mms_hot_weight_bytes",
            "Weight of the models that a replica of a hot deployment holds");
    GaugeSnapshot.Builder weight =
        gauges(
            "mms_overflow_weight_bytes",
            "Weight of the models that a replica of the overflow deployment holds");
    LoadingMetrics loading = new LoadingMetrics();
    for (StatusJson.Hot hot : status.placement().hot()) {
      for (StatusJson.Replica replica : hot.replicas()) {
        Labels labels = Labels.of("deployment", hot.deployment(), "replica", replica.replica());
        models.dataPoint(point(labels, replica.models().size()));
        hotWeight.dataPoint(point(labels, (double) replica.weightBytes()));
        loading.add(labels, replica.loading());
      }
    }
    for (StatusJson.Overflow overflow : status.overflow()) {
      Labels labels = Labels.of("deployment", overflow.deployment(), "replica", overflow.replica());
      models.dataPoint(point(labels, overflow.models()));
      weight.dataPoint(point(labels, (double) overflow.weightBytes()));
      loading.add(labels, overflow.loading());
    }
    loading.snapshots().forEach(all::metricSnapshot);
    all.metricSnapshot(models.build())
        .metricSnapshot(hotWeight.build())
        .metricSnapshot(weight.build());
  }

  private static GaugeSnapshot.Builder gauges(String name, String help) {
    return GaugeSnapshot.builder().name(name).help(help);
  }

  private static CounterSnapshot requests(StatusJson.Traffic traffic) {
    return CounterSnapshot.builder()
        .name("mms_requests")
        .help("Requests since this SharedMemory took over, by how they were answered")
        .dataPoint(outcome("hit", traffic.hits()))
        .dataPoint(outcome("overflow_hit", traffic.overflowHits()))
        .dataPoint(outcome("load", traffic.loads()))
        .build();
  }

  private static CounterDataPointSnapshot outcome(String outcome, long requests) {
    return CounterDataPointSnapshot.builder()
        .labels(Labels.of("outcome", outcome))
        .value((double) requests)
        .build();
  }

  private static GaugeDataPointSnapshot point(Labels labels, double value) {
    return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private static GaugeSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(point(Labels.EMPTY, value))
        .build();
  }

  private static CounterSnapshot counter(String name, String help, double value) {
    return CounterSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
        .build();
  }
}
