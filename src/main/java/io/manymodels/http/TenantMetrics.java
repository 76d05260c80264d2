package io.manymodels.http;

import io.manymodels.measuring.TenantFigures;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;

/** The most remarkable tenants, as metrics. Thread-confined. */
final class TenantMetrics {
  private final CounterSnapshot.Builder requests =
      counter("mms_tenant_requests", "Requests of the busiest, slowest and most failing tenants");
  private final CounterSnapshot.Builder errors =
      counter("mms_tenant_errors", "Requests of these tenants that failed");
  private final CounterSnapshot.Builder loads =
      counter("mms_tenant_loads", "Requests of these tenants that waited for a model to load");
  private final CounterSnapshot.Builder predictions =
      counter(
          "mms_tenant_prediction_seconds",
          "Time that predictions of these tenants took on threads of replicas");
  private final GaugeSnapshot.Builder latency =
      GaugeSnapshot.builder()
          .name("mms_tenant_latency_seconds")
          .help(
              "Percentiles of the last 8,000 to 16,000 predictions of each of these tenants, at"
                  + " most 2 % beside");

  private TenantMetrics() {}

  /** None without a tenant. */
  static List<MetricSnapshot> of(List<TenantFigures> tenants) {
    if (tenants.isEmpty()) {
      return List.of();
    }
    TenantMetrics metrics = new TenantMetrics();
    tenants.forEach(metrics::add);
    return List.of(
        metrics.requests.build(),
        metrics.errors.build(),
        metrics.loads.build(),
        metrics.predictions.build(),
        metrics.latency.build());
  }

  private static CounterSnapshot.Builder counter(String name, String help) {
    return CounterSnapshot.builder().name(name).help(help);
  }

  private void add(TenantFigures of) {
    Labels tenant = Labels.of("tenant", of.tenant().value());
    requests.dataPoint(point(tenant, (double) of.requests()));
    errors.dataPoint(point(tenant, (double) of.errors()));
    loads.dataPoint(point(tenant, (double) of.loads()));
    predictions.dataPoint(point(tenant, of.predictionSeconds()));
    addPercentile(tenant, "50", of.p50());
    addPercentile(tenant, "95", of.p95());
    addPercentile(tenant, "99", of.p99());
  }

  private void addPercentile(Labels tenant, String percentile, double seconds) {
    if (seconds > 0) {
      latency.dataPoint(
          GaugeDataPointSnapshot.builder()
              .labels(tenant.add("percentile", percentile))
              .value(seconds)
              .build());
    }
  }

  private static CounterDataPointSnapshot point(Labels labels, double value) {
    return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }
}
