package io.manymodels.measuring;

import java.util.List;
import java.util.SortedMap;

/**
 * The sums of all reports since SharedMemory took over, or what one process has measured since it
 * began. Travels as it is (json.Wire).
 *
 * @param counts by series
 * @param timings by series, as {@link TimingCounts#toList} writes them
 * @param processes whose reports are not older than {@link MeasuredSums#SILENCE}
 * @param tenants the busiest, the slowest and those with most failures
 * @param knownTenants tenants that figures are kept of
 */
public record MeasuredTotals(
    SortedMap<String, Long> counts,
    SortedMap<String, List<Long>> timings,
    List<Levels> processes,
    List<TenantFigures> tenants,
    int knownTenants) {

  /** How things stand in one process, by series. */
  public record Levels(String process, String deployment, SortedMap<String, Double> levels) {}

  public MeasuredTotals {
    processes = List.copyOf(processes);
    tenants = List.copyOf(tenants);
  }
}
