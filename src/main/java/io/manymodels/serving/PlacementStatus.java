package io.manymodels.serving;

import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.ReplicaId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How placement stands, for operators.
 *
 * @param table the published table
 * @param deployments the hot deployments, in order
 * @param dispatchers Dispatcher replicas that route by some table now
 * @param promotions since this SharedMemory took over
 * @param evictions since this SharedMemory took over
 */
public record PlacementStatus(
    PlacementTable table,
    List<Deployment> deployments,
    int dispatchers,
    long promotions,
    long evictions) {
  static final PlacementStatus STARTING =
      new PlacementStatus(PlacementTable.EMPTY, List.of(), 0, 0, 0);

  public PlacementStatus {
    deployments = List.copyOf(deployments);
  }

  /**
   * One hot deployment.
   *
   * @param refusal why its user_config is not in force; empty when it is
   */
  public record Deployment(
      String name, String pool, int capacity, String refusal, List<Replica> replicas) {
    public Deployment {
      replicas = List.copyOf(replicas);
    }
  }

  /** One replica and the models it holds. */
  public record Replica(String name, SortedMap<TenantId, ModelVersion> models) {
    public Replica {
      models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
    }
  }

  static PlacementStatus of(PlacementOwner owner, HotFleet fleet, TableBoard board) {
    SortedMap<String, String> refusals = owner.refusals();
    List<Map.Entry<ReplicaId, HotReport>> reports = fleet.reports();
    List<Deployment> deployments =
        owner.capacities().deployments().stream()
            .map(name -> deployment(name, owner, refusals.getOrDefault(name, ""), reports))
            .toList();
    return new PlacementStatus(
        owner.table(), deployments, board.readerCount(), owner.promotions(), owner.evictions());
  }

  private static Deployment deployment(
      String name,
      PlacementOwner owner,
      String refusal,
      List<Map.Entry<ReplicaId, HotReport>> reports) {
    List<Map.Entry<ReplicaId, HotReport>> mine =
        reports.stream().filter(entry -> entry.getKey().deployment().equals(name)).toList();
    String refusedByReplica =
        mine.stream().flatMap(e -> e.getValue().configRefusal().stream()).findFirst().orElse("");
    return new Deployment(
        name,
        owner.capacities().dynamic(name) ? "dynamic" : "dedicated",
        owner.capacities().capacity(name),
        refusedByReplica.isEmpty() ? refusal : refusedByReplica,
        mine.stream().map(entry -> replica(entry.getKey(), entry.getValue())).toList());
  }

  private static Replica replica(ReplicaId id, HotReport report) {
    SortedMap<TenantId, ModelVersion> models = new TreeMap<>();
    report.held().forEach(held -> models.put(held.tenant(), held.version()));
    return new Replica(id.name(), models);
  }
}
