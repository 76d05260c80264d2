package io.manymodels.placing;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.EvictionCause;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementTable;
import io.manymodels.stats.Demand;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Puts the user_configs of the hot deployments in force, and keeps the places of tenants that have
 * no model now: such a tenant is left out of the table, named in the status, and takes its place
 * when the registry has a model of it. Thread-confined.
 */
final class ConfiguredPlaces {
  private static final System.Logger LOG = System.getLogger(ConfiguredPlaces.class.getName());

  private final HotFleet fleet;
  private final Readiness readiness;
  private final TableWriter writer;
  private final Supplier<? extends Demand> demand;
  private final Predicate<TenantId> hasModel;
  private final Declarations declarations;
  private final AbsentTenants absent;
  private boolean recalled;

  /**
   * @param deployments the hot ones
   * @param demand by which dynamic tenants make room
   */
  ConfiguredPlaces(
      List<String> deployments,
      HotFleet fleet,
      Readiness readiness,
      TableWriter writer,
      Supplier<? extends Demand> demand,
      Predicate<TenantId> hasModel,
      Ticker ticker) {
    this.fleet = fleet;
    this.readiness = readiness;
    this.writer = writer;
    this.demand = demand;
    this.hasModel = hasModel;
    this.declarations = new Declarations(deployments, ticker);
    this.absent = new AbsentTenants(hasModel, ticker);
  }

  /** Why a deployment's user_config or pins are not, or not wholly, in force; by deployment. */
  SortedMap<String, String> refusals() {
    SortedMap<String, String> refusals = absent.reasons();
    refusals.putAll(declarations.refusals());
    return refusals;
  }

  /**
   * Puts in force what is new.
   *
   * @param awaited whether somebody is to have a place in a deployment again after a restart
   * @throws ServingException when a store does not allow it; the status says so, and the next call
   *     tries again
   */
  void applyDeclarations(Predicate<String> awaited, Deadline deadline) {
    Map<String, HotConfig> changed =
        declarations.changed(
            fleet::declared,
            writer.state().declared(),
            writer.capacities(),
            writer.table(),
            awaited);
    if (changed.isEmpty()) {
      return;
    }
    try {
      apply(changed, deadline);
    } catch (ServingException e) {
      declarations.postpone(changed, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  private void apply(Map<String, HotConfig> changed, Deadline deadline) {
    declarations.refuseConflicting(changed, writer.state().declared());
    Map<TenantId, String> missing = withoutModel(changed);
    Map<String, HotConfig> placed = Declarations.without(missing.keySet(), changed);
    declarations.refuseFailed(changed, readiness.load(after(placed), with(changed), deadline));
    placed.keySet().retainAll(changed.keySet());
    missing.values().retainAll(changed.keySet());
    if (changed.isEmpty()) {
      return;
    }
    PlacementTable next = after(placed);
    readiness.handOver(next, deadline);
    SortedMap<String, HotConfig> declared = new TreeMap<>(writer.state().declared());
    declared.putAll(changed);
    writer.write(new PlacementState(pins(next, changed, missing), declared));
    absent.replace(changed.keySet(), missing);
    absent.remove(next.placements().keySet());
    writer.change(
        next,
        EvictionCause.RECONFIGURED,
        "the user_config of " + String.join(", ", changed.keySet()) + " changed");
    LOG.log(System.Logger.Level.INFO, "user_config in force: {0}", changed);
  }

  private PlacementTable after(Map<String, HotConfig> placed) {
    return Declarations.apply(placed, writer.table(), writer.capacities(), demand.get());
  }

  private HotCapacities with(Map<String, HotConfig> changed) {
    return Declarations.capacities(changed, writer.capacities());
  }

  private Map<TenantId, String> withoutModel(Map<String, HotConfig> changed) {
    Map<TenantId, String> missing = new HashMap<>();
    changed.forEach(
        (deployment, config) -> {
          for (TenantId tenant : config.tenants()) {
            if (!hasModel.test(tenant)) {
              missing.put(tenant, deployment);
            }
          }
        });
    return missing;
  }

  /** The pins to store: those of the table, and those that wait for a model. */
  private SortedMap<TenantId, String> pins(
      PlacementTable next, Map<String, HotConfig> changed, Map<TenantId, String> missing) {
    SortedMap<TenantId, String> pins = new TreeMap<>(writer.state().pins());
    pins.keySet().retainAll(absent.all());
    pins.values().removeAll(changed.keySet());
    pins.keySet().removeAll(next.placements().keySet());
    missing.forEach(
        (tenant, deployment) -> {
          HotConfig config = changed.get(deployment);
          if (config != null && config.pool() == Pool.DEDICATED) {
            pins.put(tenant, deployment);
          }
        });
    pins.putAll(next.pins());
    return pins;
  }

  /** The pins are these now: nobody waits for a place by an earlier one. */
  void pinsReplaced(SortedMap<TenantId, String> before, SortedMap<TenantId, String> now) {
    absent.remove(before.keySet());
    absent.remove(now.keySet());
  }

  /**
   * Takes their places from tenants that have no model in the registry, according to the replicas
   * that had to load them. A pinned tenant keeps its pin in the store, and whoever is still loaded
   * stays.
   */
  void takeOut(Collection<TenantId> gone) {
    Set<TenantId> leaving = new TreeSet<>();
    Map<TenantId, String> waiting = new TreeMap<>();
    for (TenantId tenant : gone) {
      writer
          .table()
          .placement(tenant)
          .ifPresent(
              placement -> {
                if (!placement.pinned()) {
                  leaving.add(tenant);
                } else if (!fleet.heldByAny(placement.deployment(), tenant)
                    && isKnownToHaveNone(tenant)) {
                  leaving.add(tenant);
                  waiting.put(tenant, placement.deployment());
                }
              });
    }
    if (!leaving.isEmpty()) {
      waiting.forEach(absent::add);
      writer.change(
          PlacementPlanner.withoutPlaces(writer.table(), leaving),
          EvictionCause.MODEL_GONE,
          "the registry has no model of it; a pin waits until it has");
    }
  }

  private boolean isKnownToHaveNone(TenantId tenant) {
    try {
      return !hasModel.test(tenant);
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "pin of {0} kept: {1}", tenant, e.getMessage());
      return false;
    }
  }

  /**
   * Suspects, once, the tenants without a place that are named in the dynamic user_configs of an
   * earlier owner: these configurations are no news to this one. The pins of dedicated ones are in
   * the store.
   */
  private void recall() {
    if (!recalled) {
      recalled = true;
      Set<TenantId> placed = writer.table().placements().keySet();
      Declarations.without(placed, writer.state().declared())
          .forEach(
              (deployment, config) -> {
                if (config.pool() == Pool.DYNAMIC) {
                  absent.suspect(config.tenants(), deployment);
                }
              });
    }
  }

  /** Gives their places to the tenants that have a model by now. */
  void bringBack(Deadline deadline) {
    recall();
    SortedMap<TenantId, String> returned = absent.returned();
    if (returned.isEmpty()) {
      return;
    }
    Set<TenantId> pinned = writer.state().pins().keySet();
    PlacementTable wanted = returning(returned, pinned);
    SortedMap<TenantId, LoadFailure> failures =
        readiness.load(wanted, writer.capacities(), deadline);
    returned.keySet().removeAll(failures.keySet());
    PlacementTable next = returning(returned, pinned);
    readiness.handOver(next, deadline);
    absent.remove(returned.keySet());
    if (!next.placements().equals(writer.table().placements())) {
      writer.change(next, EvictionCause.RECONFIGURED, "the registry has a model of it again");
      LOG.log(System.Logger.Level.INFO, "placed, for they have models by now: {0}", returned);
    }
  }

  private PlacementTable returning(SortedMap<TenantId, String> returned, Set<TenantId> pinned) {
    return PlacementPlanner.returning(
        writer.table(), writer.capacities(), returned, pinned, demand.get());
  }
}
