package io.manymodels.placement;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tables that operators' changes lead to. Pure functions; the generation of the result is that
 * of the table given.
 */
public final class PlacementPlanner {
  private PlacementPlanner() {}

  /**
   * What is wrong with a mapping as a new dedicated pool: unknown deployments, and more tenants
   * than a deployment takes. Empty when it can be applied. Whether the tenants exist is not checked
   * here.
   */
  public static List<Violation> violations(
      HotCapacities capacities, SortedMap<TenantId, String> mapping) {
    List<Violation> violations = new ArrayList<>();
    Map<String, Integer> wanted = new HashMap<>();
    mapping.forEach(
        (tenant, deployment) -> {
          if (!capacities.has(deployment)) {
            violations.add(
                new Violation("/mapping/" + tenant, "no hot deployment '" + deployment + "'"));
          } else if (wanted.merge(deployment, 1, Integer::sum) > capacities.capacity(deployment)) {
            violations.add(
                new Violation(
                    "/mapping/" + tenant,
                    deployment + " takes " + capacities.capacity(deployment) + " models"));
          }
        });
    return violations;
  }

  /**
   * These tenants and no others are pinned. A tenant that loses its pin stays where it is as a
   * dynamic tenant when its deployment is in the dynamic pool and has room, and is unplaced
   * otherwise; in a deployment that becomes too full, the least recently used dynamic tenants make
   * room.
   */
  public static PlacementTable replacePins(
      PlacementTable table,
      HotCapacities capacities,
      SortedMap<TenantId, String> mapping,
      LastHits hits) {
    Map<TenantId, Placement> placements = new TreeMap<>();
    table
        .placements()
        .forEach(
            (tenant, placement) -> {
              if (capacities.dynamic(placement.deployment())) {
                placements.put(tenant, new Placement(placement.deployment(), false));
              }
            });
    mapping.forEach((tenant, name) -> placements.put(tenant, new Placement(name, true)));
    makeRoom(placements, capacities, Set.copyOf(mapping.keySet()), hits);
    return PlacementTable.of(table.generation(), placements);
  }

  /**
   * The deployment takes the tenants of its new configuration, from wherever they are: pinned when
   * its pool is dedicated. Its other tenants lose their pins, and their places where there is no
   * room or the pool is dedicated. Without tenants in the configuration, a dynamic deployment keeps
   * its dynamic tenants as far as they fit.
   */
  public static PlacementTable declare(
      PlacementTable table,
      HotCapacities capacities,
      String deployment,
      HotConfig config,
      LastHits hits) {
    boolean dedicated = config.pool() == Pool.DEDICATED;
    Map<TenantId, Placement> placements = new TreeMap<>(table.placements());
    for (TenantId tenant : table.tenantsOf(deployment)) {
      if (dedicated) {
        placements.remove(tenant);
      } else {
        placements.put(tenant, new Placement(deployment, false));
      }
    }
    config.tenants().forEach(t -> placements.put(t, new Placement(deployment, dedicated)));
    HotCapacities changed = capacities.with(deployment, config);
    makeRoom(placements, changed, Set.copyOf(config.tenants()), hits);
    return PlacementTable.of(table.generation(), placements);
  }

  private static void makeRoom(
      Map<TenantId, Placement> placements,
      HotCapacities capacities,
      Set<TenantId> staying,
      LastHits hits) {
    Comparator<TenantId> longestUnusedFirst =
        Comparator.comparingLong(hits::lastHit).thenComparing(Comparator.naturalOrder());
    for (String deployment : capacities.deployments()) {
      List<TenantId> here = tenantsOf(placements, deployment);
      int excess = here.size() - capacities.capacity(deployment);
      here.stream()
          .filter(tenant -> !staying.contains(tenant))
          .sorted(longestUnusedFirst)
          .limit(Math.max(0, excess))
          .toList()
          .forEach(placements::remove);
    }
  }

  private static List<TenantId> tenantsOf(Map<TenantId, Placement> placements, String deployment) {
    return placements.entrySet().stream()
        .filter(entry -> entry.getValue().deployment().equals(deployment))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The tenants that a deployment holds in {@code after} and does not hold in {@code before}. */
  public static Collection<TenantId> arrivals(
      PlacementTable before, PlacementTable after, String deployment) {
    Set<TenantId> arrivals = new HashSet<>(after.tenantsOf(deployment));
    arrivals.removeAll(before.tenantsOf(deployment));
    return arrivals.stream().sorted().toList();
  }
}
