package io.manymodels.placement;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.stats.Demand;
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
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Computes the placement tables that result from operators' changes. Pure functions; the generation
 * of the result is that of the table given.
 */
public final class PlacementPlanner {
  private PlacementPlanner() {}

  /**
   * Refuses a dedicated pool that cannot be applied.
   *
   * @param hasModel whether a tenant has a model in the registry; may throw
   * @throws ServingException {@code DEDICATED_POOL_REFUSED} with every wrong name
   */
  public static void requireApplicable(
      HotCapacities capacities, SortedMap<TenantId, String> mapping, Predicate<TenantId> hasModel) {
    List<Violation> violations = new ArrayList<>(violations(capacities, mapping));
    for (TenantId tenant : mapping.keySet()) {
      if (!hasModel.test(tenant)) {
        violations.add(new Violation("/mapping/" + tenant, "tenant '" + tenant + "' has no model"));
      }
    }
    if (!violations.isEmpty()) {
      throw new ServingException(
          ErrorCode.DEDICATED_POOL_REFUSED, "the mapping was not applied", violations);
    }
  }

  /**
   * Finds the errors of a mapping as a new dedicated pool: unknown deployments, and more tenants
   * than a deployment takes. Empty when it can be applied. Does not check that the tenants exist.
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
   * otherwise; in a deployment that becomes too full, the dynamic tenants of the least worth make
   * room.
   */
  public static PlacementTable replacePins(
      PlacementTable table,
      HotCapacities capacities,
      SortedMap<TenantId, String> mapping,
      Demand demand) {
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
    makeRoom(placements, capacities, Set.copyOf(mapping.keySet()), demand);
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
      Demand demand) {
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
    makeRoom(placements, changed, Set.copyOf(config.tenants()), demand);
    return PlacementTable.of(table.generation(), placements);
  }

  private static void makeRoom(
      Map<TenantId, Placement> placements,
      HotCapacities capacities,
      Set<TenantId> staying,
      Demand demand) {
    for (String deployment : capacities.deployments()) {
      List<TenantId> here = tenantsOf(placements, deployment);
      int excess = here.size() - capacities.capacity(deployment);
      here.stream()
          .filter(tenant -> !staying.contains(tenant))
          .sorted(leastWorthFirst(demand))
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

  /**
   * Where the models of a deployment weigh more than it takes, the dynamic tenants of the least
   * worth leave until they do not; the same table when they do not weigh more.
   *
   * @param heldBytes what these tenants' models weigh in a deployment, as measured there
   */
  public static PlacementTable relieve(
      PlacementTable table,
      HotCapacities capacities,
      Demand demand,
      BiFunction<String, Set<TenantId>, Long> heldBytes) {
    Set<TenantId> relieved = new TreeSet<>();
    for (String deployment : capacities.deployments()) {
      if (!capacities.boundedInBytes(deployment)) {
        continue;
      }
      Set<TenantId> here = new TreeSet<>(table.tenantsOf(deployment));
      List<TenantId> leaving =
          here.stream()
              .filter(tenant -> table.placement(tenant).filter(p -> !p.pinned()).isPresent())
              .sorted(leastWorthFirst(demand))
              .toList();
      for (TenantId tenant : leaving) {
        if (heldBytes.apply(deployment, here) <= capacities.capacityBytes(deployment)) {
          break;
        }
        here.remove(tenant);
        relieved.add(tenant);
      }
    }
    return without(table, relieved);
  }

  /** The table without the places of those of these tenants that are not pinned. */
  public static PlacementTable without(PlacementTable table, Collection<TenantId> leaving) {
    Map<TenantId, Placement> placements = new TreeMap<>(table.placements());
    for (TenantId tenant : leaving) {
      placements.computeIfPresent(tenant, (t, placed) -> placed.pinned() ? placed : null);
    }
    return placements.size() == table.placements().size()
        ? table
        : PlacementTable.of(table.generation(), placements);
  }

  /** The table without the places of these tenants, pinned or not. */
  public static PlacementTable withoutPlaces(PlacementTable table, Collection<TenantId> leaving) {
    Map<TenantId, Placement> placements = new TreeMap<>(table.placements());
    placements.keySet().removeAll(leaving);
    return PlacementTable.of(table.generation(), placements);
  }

  /**
   * Gives tenants that were without a model the places that operators chose for them, if need be
   * those of the dynamic tenants of least worth. A tenant that has a place by now stays there,
   * unless a pin names another one.
   *
   * @param returning tenant to hot deployment
   * @param pinned those with a pin; others of the set do not matter
   */
  public static PlacementTable returning(
      PlacementTable table,
      HotCapacities capacities,
      SortedMap<TenantId, String> returning,
      Set<TenantId> pinned,
      Demand demand) {
    Map<TenantId, Placement> placements = new TreeMap<>(table.placements());
    returning.forEach(
        (tenant, deployment) -> {
          boolean pin = pinned.contains(tenant);
          boolean placed = table.placement(tenant).filter(p -> p.pinned() || !pin).isPresent();
          long taken =
              placements.entrySet().stream()
                  .filter(e -> e.getValue().deployment().equals(deployment))
                  .filter(e -> e.getValue().pinned() || returning.containsKey(e.getKey()))
                  .count();
          if (!placed && capacities.has(deployment) && taken < capacities.capacity(deployment)) {
            placements.put(tenant, new Placement(deployment, pin));
          }
        });
    Set<TenantId> staying = new HashSet<>(returning.keySet());
    staying.addAll(table.pins().keySet());
    makeRoom(placements, capacities, staying, demand);
    return PlacementTable.of(table.generation(), placements);
  }

  private static Comparator<TenantId> leastWorthFirst(Demand demand) {
    return Comparator.<TenantId>comparingDouble(tenant -> demand.of(tenant).benefit())
        .thenComparing(Comparator.naturalOrder());
  }

  /** The tenants that have a place in {@code before} and none in {@code after}. */
  public static Collection<TenantId> departures(PlacementTable before, PlacementTable after) {
    return before.placements().keySet().stream()
        .filter(tenant -> after.placement(tenant).isEmpty())
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
