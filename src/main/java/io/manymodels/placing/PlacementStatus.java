package io.manymodels.placing;

import io.manymodels.holding.HotReport;
import io.manymodels.model.TenantId;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stats.TrafficTotals;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How placement stands, for operators. Immutable.
 *
 * @param table the published table
 * @param capacities of the hot deployments, in order
 * @param refusals why a deployment's user_config is not in force, by deployment
 * @param reports the last report of every hot replica, in the order of names
 * @param activity what has been since this SharedMemory took over
 */
public record PlacementStatus(
    PlacementTable table,
    HotCapacities capacities,
    SortedMap<String, String> refusals,
    List<Map.Entry<ReplicaId, HotReport>> reports,
    Activity activity) {
  static final PlacementStatus STARTING =
      new PlacementStatus(
          PlacementTable.EMPTY,
          new HotCapacities(Map.of()),
          new TreeMap<>(),
          List.of(),
          new Activity(TrafficTotals.NONE, 0, Duration.ZERO, 0, 0, 0, Duration.ZERO));

  public PlacementStatus {
    reports = List.copyOf(reports);
  }

  /**
   * The activity since this SharedMemory took over.
   *
   * @param traffic requests, by how they were answered
   * @param knownTenants tenants whose traffic is remembered
   * @param halfLife of the requests that decide now
   * @param promotions by traffic
   * @param evictions for whatever cause
   * @param dispatchers Dispatcher replicas that route by some table now
   * @param push from the publication of a table until every Dispatcher had it, the last time
   */
  public record Activity(
      TrafficTotals traffic,
      int knownTenants,
      Duration halfLife,
      long promotions,
      long evictions,
      int dispatchers,
      Duration push) {}

  /**
   * One hot deployment.
   *
   * @param refusal why its user_config is not in force; empty when it is
   * @param reports the last report of each of its replicas, in the order of names
   */
  public record HotStatus(
      String name,
      String pool,
      int capacity,
      String refusal,
      List<Map.Entry<ReplicaId, HotReport>> reports) {
    public HotStatus {
      reports = List.copyOf(reports);
    }
  }

  /**
   * Whether every user_config is in force and every replica that reported holds what the table
   * places there and nothing else, in the live version as far as it knows.
   */
  boolean isSettled() {
    return refusals.isEmpty()
        && reports.stream()
            .allMatch(entry -> isSettled(entry.getKey().deployment(), entry.getValue()));
  }

  private boolean isSettled(String deployment, HotReport report) {
    Set<TenantId> wanted = table.tenantsOf(deployment);
    return report.configRefusal().isEmpty()
        && report.loading().behind().isEmpty()
        && report.held().size() == wanted.size()
        && report.held().stream().allMatch(held -> wanted.contains(held.tenant()));
  }

  /** The hot deployments, in order. */
  public List<HotStatus> deployments() {
    return capacities.deployments().stream().map(this::deployment).toList();
  }

  private HotStatus deployment(String name) {
    List<Map.Entry<ReplicaId, HotReport>> mine =
        reports.stream().filter(entry -> entry.getKey().deployment().equals(name)).toList();
    String refusedByReplica =
        mine.stream().flatMap(e -> e.getValue().configRefusal().stream()).findFirst().orElse("");
    return new HotStatus(
        name,
        capacities.dynamic(name) ? "dynamic" : "dedicated",
        capacities.capacity(name),
        refusedByReplica.isEmpty() ? refusals.getOrDefault(name, "") : refusedByReplica,
        mine);
  }
}
