package io.manymodels.placement;

import io.manymodels.model.TenantId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Computes the placement tables with which a SharedMemory begins. Pure functions. */
public final class PlacementRecovery {
  private PlacementRecovery() {}

  /**
   * The table with which a SharedMemory begins: the pins of the store, and in dynamic deployments
   * what their replicas hold, as far as there is room.
   *
   * @param held the tenants whose model all replicas of a deployment hold, in the order in which
   *     they are to have places
   */
  public static PlacementTable recovered(
      Generation generation,
      HotCapacities capacities,
      SortedMap<TenantId, String> pins,
      Function<String, List<TenantId>> held) {
    Map<TenantId, Placement> placements = new TreeMap<>();
    pins.forEach(
        (tenant, deployment) -> {
          if (capacities.has(deployment)) {
            placements.put(tenant, new Placement(deployment, true));
          }
        });
    for (String deployment : capacities.deployments()) {
      int free = capacities.capacity(deployment) - Collections.frequency(pins.values(), deployment);
      for (TenantId tenant : held.apply(deployment)) {
        if (free > 0 && capacities.dynamic(deployment) && !placements.containsKey(tenant)) {
          placements.put(tenant, new Placement(deployment, false));
          free--;
        }
      }
    }
    return PlacementTable.of(generation, placements);
  }

  /**
   * The places that are to be given back as dynamic ones: those of tenants that have none in the
   * table with which a SharedMemory begins. A tenant that had a pin has lost it to an operator.
   *
   * @return tenant to hot deployment; a new map
   */
  public static SortedMap<TenantId, String> toBeRestored(
      PlacementTable table, SortedMap<TenantId, Placement> remembered) {
    SortedMap<TenantId, String> lost = new TreeMap<>();
    remembered.forEach(
        (tenant, placement) -> {
          if (table.placement(tenant).isEmpty()) {
            lost.put(tenant, placement.deployment());
          }
        });
    return lost;
  }

  /** The table with dynamic places for these tenants. */
  public static PlacementTable withPlaces(PlacementTable table, Map<TenantId, String> places) {
    Map<TenantId, Placement> placements = new TreeMap<>(table.placements());
    places.forEach((tenant, name) -> placements.put(tenant, new Placement(name, false)));
    return PlacementTable.of(table.generation(), placements);
  }
}
