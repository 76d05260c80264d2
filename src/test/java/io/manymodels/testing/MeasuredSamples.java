package io.manymodels.testing;

import static io.manymodels.testing.Tenants.tenant;

import io.manymodels.measuring.Measure;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.measuring.TenantFigures;
import io.manymodels.measuring.TenantMeasured;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** Measurements of every kind that there is. */
public final class MeasuredSamples {
  /** By label: the values that it can have, as far as these are few. */
  private static final Map<String, List<String>> VALUES =
      Map.of(
          "protocol",
          List.of("score", "v1", "v2", "mlflow", "azureml", "operators", "documents", "grpc"),
          "status",
          List.of("200"),
          "code",
          List.of("ok"),
          "deployment_kind",
          List.of("hot", "overflow", "none"),
          "hop",
          List.of("turn", "hot", "overflow", "lane"),
          "tier",
          List.of("node", "warm", "registry", "prepared"),
          "store",
          List.of("registry", "artifacts", "warm", "events", "state"),
          "outcome",
          List.of("ok"),
          "queue",
          List.of("in_flight", "turns", "lanes"));

  private MeasuredSamples() {}

  /** A report of two tenants. */
  public static MeasuredReport report() {
    return new MeasuredReport(
        "Dispatcher#a",
        "Dispatcher",
        1_700_000_000_000L,
        7,
        new TreeMap<>(Map.of("answers|score|200|ok", 12L, "predictions|hot|ok", 12L)),
        new TreeMap<>(Map.of("request_seconds|score", List.of(5_000_000L, 150L, 10L, 160L, 2L))),
        new TreeMap<>(Map.of("queue_length|turns", 3.0, "jvm_threads", 40.0)),
        List.of(
            new TenantMeasured(tenant(1), 10, 0, 0, 0, 1, 0, List.of(150, 10)),
            new TenantMeasured(tenant(4), 0, 1, 1, 1, 0, 2_500, List.of(150, 1, 200, 1))));
  }

  /** Sums with every measure, and one tenant. */
  public static MeasuredTotals totals() {
    SortedMap<String, Long> counts = new TreeMap<>();
    SortedMap<String, List<Long>> timings = new TreeMap<>();
    SortedMap<String, Double> levels = new TreeMap<>();
    for (Measure measure : Measure.values()) {
      for (String key : keys(measure)) {
        switch (measure.kind()) {
          case COUNTER -> counts.put(key, 12L);
          case HISTOGRAM -> timings.put(key, List.of(70_000_000L, 0L, 1L, 150L, 20L, 300L, 2L));
          case GAUGE, PROCESS_GAUGE, PROCESS_COUNTER -> levels.put(key, 3.0);
        }
      }
    }
    return new MeasuredTotals(
        counts,
        timings,
        List.of(
            new MeasuredTotals.Levels("Deployment1#a", "Deployment1", levels),
            new MeasuredTotals.Levels("Dispatcher#b", "Dispatcher", levels)),
        List.of(figures()),
        2);
  }

  private static List<String> keys(Measure measure) {
    if (measure.labels().isEmpty()) {
      return List.of(measure.wireName());
    }
    // Each value of the first label once, with the first of the others.
    String others =
        String.join(
            "",
            measure.labels().stream().skip(1).map(label -> "|" + values(label).get(0)).toList());
    return values(measure.labels().get(0)).stream()
        .map(value -> measure.wireName() + "|" + value + others)
        .toList();
  }

  private static List<String> values(String label) {
    return Objects.requireNonNull(VALUES.get(label), label);
  }

  /** Of one tenant. */
  public static TenantFigures figures() {
    return new TenantFigures(
        tenant(1),
        120,
        3,
        100,
        10,
        7,
        0.002,
        0.005,
        0.09,
        Instant.parse("2030-01-31T12:00:00Z").toEpochMilli(),
        0.25,
        60,
        1.5);
  }
}
