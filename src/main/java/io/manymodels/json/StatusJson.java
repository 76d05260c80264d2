package io.manymodels.json;

import io.manymodels.serving.PlacementStatus;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** How the application stands, as operators see it in GET /status. */
public final class StatusJson {
  private StatusJson() {}

  /** Placement: the part that SharedMemory knows. */
  public record Placement(
      String generation,
      int placed,
      int dispatchers,
      long promotions,
      long evictions,
      SortedMap<String, String> refused,
      List<Hot> hot) {}

  /** One hot deployment. */
  public record Hot(String deployment, String pool, int capacity, List<Replica> replicas) {}

  /** One replica of a hot deployment: tenant to version. */
  public record Replica(String replica, SortedMap<String, Integer> models) {}

  /** One replica of the overflow deployment. */
  public record Overflow(
      String deployment,
      String replica,
      int models,
      long weightBytes,
      int capacity,
      int capacityMib,
      String refused) {}

  public static Placement of(PlacementStatus status, String ownRefusal, String sharedMemory) {
    SortedMap<String, String> refused = new TreeMap<>();
    if (!ownRefusal.isEmpty()) {
      refused.put(sharedMemory, ownRefusal);
    }
    for (PlacementStatus.Deployment deployment : status.deployments()) {
      if (!deployment.refusal().isEmpty()) {
        refused.put(deployment.name(), deployment.refusal());
      }
    }
    return new Placement(
        status.table().generation().toString(),
        status.table().placements().size(),
        status.dispatchers(),
        status.promotions(),
        status.evictions(),
        refused,
        status.deployments().stream().map(StatusJson::hot).toList());
  }

  private static Hot hot(PlacementStatus.Deployment deployment) {
    return new Hot(
        deployment.name(),
        deployment.pool(),
        deployment.capacity(),
        deployment.replicas().stream().map(StatusJson::replica).toList());
  }

  private static Replica replica(PlacementStatus.Replica replica) {
    SortedMap<String, Integer> models = new TreeMap<>();
    replica.models().forEach((tenant, version) -> models.put(tenant.value(), version.number()));
    return new Replica(replica.name(), models);
  }
}
