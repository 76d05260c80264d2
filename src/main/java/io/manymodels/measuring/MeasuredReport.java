package io.manymodels.measuring;

import java.util.List;
import java.util.Objects;
import java.util.SortedMap;

/**
 * What a process measured since its last report. Travels as it is (json.Wire), so a new component
 * needs a default when it is missing; keys of measures that the reader does not have are left out
 * by it.
 *
 * @param process that reports, such as a replica's name
 * @param deployment of the process
 * @param started tells it from an earlier process of the same name
 * @param sequence of the report, from 1 on; the same report sent again has the same
 * @param counts by series
 * @param timings by series, as {@link TimingCounts#toList} writes them
 * @param levels by series: how things stand now
 */
public record MeasuredReport(
    String process,
    String deployment,
    long started,
    long sequence,
    SortedMap<String, Long> counts,
    SortedMap<String, List<Long>> timings,
    SortedMap<String, Double> levels,
    List<TenantMeasured> tenants) {

  public MeasuredReport {
    Objects.requireNonNull(process, "key 'process': missing");
    Objects.requireNonNull(deployment, "key 'deployment': missing");
    tenants = List.copyOf(tenants);
  }
}
