package io.manymodels.http;

import io.manymodels.json.StatusJson;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;

/** How replicas get their models, as metrics. Thread-confined. */
final class LoadingMetrics {
  private final GaugeSnapshot.Builder behind =
      GaugeSnapshot.builder()
          .name("mms_models_behind")
          .help(
              "Models whose live version does not load, so that the one before goes on answering");
  private final CounterSnapshot.Builder reads =
      CounterSnapshot.builder()
          .name("mms_artifact_reads")
          .help("Artifacts read since the replica started, by the tier they came from");
  private final CounterSnapshot.Builder failures =
      CounterSnapshot.builder()
          .name("mms_warm_store_failures")
          .help("Reads and writes of the warm store that failed or were left out");
  private final CounterSnapshot.Builder refusals =
      CounterSnapshot.builder()
          .name("mms_loads_without_memory")
          .help("Loads refused for lack of memory");

  /**
   * @param replica the labels that name it
   */
  void add(Labels replica, StatusJson.Loading loading) {
    behind.dataPoint(
        GaugeDataPointSnapshot.builder().labels(replica).value(loading.behind().size()).build());
    StatusJson.Reads counts = loading.reads();
    reads.dataPoint(point(replica.add("tier", "node"), counts.node()));
    reads.dataPoint(point(replica.add("tier", "warm"), counts.warm()));
    reads.dataPoint(point(replica.add("tier", "registry"), counts.registry()));
    failures.dataPoint(point(replica, counts.warmFailures()));
    refusals.dataPoint(point(replica, loading.memoryRefusals()));
  }

  List<MetricSnapshot> snapshots() {
    return List.of(behind.build(), reads.build(), failures.build(), refusals.build());
  }

  private static CounterDataPointSnapshot point(Labels labels, long value) {
    return CounterDataPointSnapshot.builder().labels(labels).value((double) value).build();
  }
}
