package io.manymodels.json;

import io.manymodels.holding.HotReport;
import io.manymodels.holding.LoadingReport;
import io.manymodels.placing.PlacementStatus;
import io.manymodels.placing.PlacementStatus.HotStatus;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stats.TrafficTotals;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How the application stands, as operators see it in GET /status. */
public final class StatusJson {
  private StatusJson() {}

  /** Placement: the part that SharedMemory knows. */
  public record Placement(
      String generation,
      int placed,
      int dispatchers,
      double pushSeconds,
      Traffic traffic,
      long promotions,
      long evictions,
      SortedMap<String, String> refused,
      List<Hot> hot) {}

  /**
   * Requests since this SharedMemory took over, and how they are weighed now; the counting rule is
   * in docs/placement.md.
   */
  public record Traffic(
      long hits,
      long overflowHits,
      long loads,
      double hitRatio,
      int knownTenants,
      double halfLifeSeconds) {}

  /** One hot deployment. */
  public record Hot(String deployment, String pool, int capacity, List<Replica> replicas) {}

  /**
   * One replica of a hot deployment.
   *
   * @param models tenant to version
   * @param started an ISO-8601 instant
   */
  public record Replica(
      String replica,
      long weightBytes,
      SortedMap<String, Long> models,
      Loading loading,
      @Nullable String started) {}

  /**
   * How a replica gets its models.
   *
   * @param behind models whose live version does not load there
   * @param memoryRefusals loads refused for lack of memory
   * @param versionsTold whether SharedMemory looks for new versions; else the replica does so
   *     itself
   */
  public record Loading(
      List<VersionsJson.Model> behind, Reads reads, long memoryRefusals, boolean versionsTold) {
    public static Loading of(LoadingReport report) {
      return new Loading(
          VersionsJson.Answer.of(report.behind()).models(),
          new Reads(
              report.reads().node(),
              report.reads().warm(),
              report.reads().registry(),
              report.reads().warmFailures()),
          report.memoryRefusals(),
          report.versionsTold());
    }
  }

  /** Artifacts by where they came from; reads and writes of the warm store that failed. */
  public record Reads(long node, long warm, long registry, long warmFailures) {}

  /** One replica of the overflow deployment. */
  public record Overflow(
      String deployment,
      String replica,
      int models,
      long weightBytes,
      int capacity,
      int capacityMib,
      String refused,
      Loading loading) {}

  public static Placement of(PlacementStatus status, String ownRefusal, String sharedMemory) {
    SortedMap<String, String> refused = new TreeMap<>();
    if (!ownRefusal.isEmpty()) {
      refused.put(sharedMemory, ownRefusal);
    }
    for (HotStatus deployment : status.deployments()) {
      if (!deployment.refusal().isEmpty()) {
        refused.put(deployment.name(), deployment.refusal());
      }
    }
    PlacementStatus.Activity activity = status.activity();
    return new Placement(
        status.table().generation().toString(),
        status.table().placements().size(),
        activity.dispatchers(),
        seconds(activity.push()),
        traffic(activity),
        activity.promotions(),
        activity.evictions(),
        refused,
        status.deployments().stream().map(StatusJson::hot).toList());
  }

  private static Traffic traffic(PlacementStatus.Activity activity) {
    TrafficTotals totals = activity.traffic();
    return new Traffic(
        totals.hits(),
        totals.overflowHits(),
        totals.loads(),
        totals.hitRatio(),
        activity.knownTenants(),
        seconds(activity.halfLife()));
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static Hot hot(HotStatus deployment) {
    return new Hot(
        deployment.name(),
        deployment.pool(),
        deployment.capacity(),
        deployment.reports().stream()
            .map(entry -> replica(entry.getKey(), entry.getValue()))
            .toList());
  }

  private static Replica replica(ReplicaId id, HotReport report) {
    SortedMap<String, Long> models = new TreeMap<>();
    report.held().forEach(held -> models.put(held.tenant().value(), held.version().number()));
    return new Replica(
        id.name(),
        report.heldBytes(),
        models,
        Loading.of(report.loading()),
        report.started().map(Instant::toString).orElse(null));
  }
}
