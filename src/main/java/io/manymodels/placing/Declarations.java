package io.manymodels.placing;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementTable;
import io.manymodels.stats.Demand;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which user_config of the hot deployments is news, and which is not in force and why. A refused
 * one is tried again after a pause, because what it was refused for may have been mended.
 * Thread-confined.
 */
final class Declarations {
  private static final System.Logger LOG = System.getLogger(Declarations.class.getName());
  private static final Duration RETRY = Duration.ofSeconds(5);

  private record Refusal(HotConfig config, Deadline retry, String why) {}

  private final List<String> deployments;
  private final Ticker ticker;
  private final Map<String, Refusal> refused = new TreeMap<>();
  private final Set<String> notSeen;

  Declarations(Collection<String> deployments, Ticker ticker) {
    this.deployments = List.copyOf(deployments);
    this.ticker = ticker;
    this.notSeen = new HashSet<>(deployments);
  }

  /** Why a deployment's user_config is not in force, by deployment. */
  SortedMap<String, String> refusals() {
    SortedMap<String, String> refusals = new TreeMap<>();
    refused.forEach((name, refusal) -> refusals.put(name, refusal.why()));
    return refusals;
  }

  /**
   * The declarations to apply now, in the order of the deployments; a new map.
   *
   * @param awaited whether somebody is to have a place in a deployment again after a restart
   */
  Map<String, HotConfig> changed(
      Function<String, Optional<HotConfig>> declared,
      Map<String, HotConfig> applied,
      HotCapacities capacities,
      PlacementTable table,
      Predicate<String> awaited) {
    Map<String, HotConfig> changed = new LinkedHashMap<>();
    for (String deployment : deployments) {
      Optional<HotConfig> config = declared.apply(deployment);
      if (config.isEmpty()) {
        continue;
      }
      if ((!awaited.test(deployment) && isBare(deployment, config.get(), capacities, table))
          || !config.get().equals(applied.get(deployment))) {
        if (!isPausing(deployment, config.get())) {
          changed.put(deployment, config.get());
        }
      } else {
        refused.remove(deployment);
      }
    }
    return changed;
  }

  private boolean isPausing(String deployment, HotConfig declared) {
    @Nullable Refusal refusal = refused.get(deployment);
    return refusal != null && refusal.config().equals(declared) && !refusal.retry().passed();
  }

  /**
   * Whether a dynamic deployment came up with nothing loaded and nobody knows who was there, as
   * after a restart of everything without what was remembered: it starts with its configured
   * tenants again, unless they are somewhere else by now. Only until its user_config has been in
   * force once.
   */
  private boolean isBare(
      String deployment, HotConfig declared, HotCapacities capacities, PlacementTable table) {
    boolean bare =
        notSeen.contains(deployment)
            && capacities.dynamic(deployment)
            && table.tenantsOf(deployment).isEmpty()
            && declared.tenants().stream().noneMatch(t -> table.placement(t).isPresent());
    if (!bare) {
      notSeen.remove(deployment);
    }
    return bare;
  }

  /**
   * Takes out of {@code changed}, as refused, what names a tenant that another one names too, or
   * that one in force does; but a dedicated deployment takes tenants from dynamic ones. It is tried
   * again in every round: replicas tell of one change of several deployments at different moments,
   * so the other one may be about to give the tenant up.
   */
  void refuseConflicting(Map<String, HotConfig> changed, Map<String, HotConfig> applied) {
    Map<TenantId, String> claims = new HashMap<>();
    changed
        .entrySet()
        .removeIf(
            declaration -> {
              for (TenantId tenant : declaration.getValue().tenants()) {
                @Nullable String other = claims.putIfAbsent(tenant, declaration.getKey());
                if (other == null) {
                  other = heldAgainst(declaration.getValue(), tenant, changed.keySet(), applied);
                }
                if (other != null) {
                  String why = "tenant '" + tenant + "' is also in " + other;
                  return refuse(declaration, why, Duration.ZERO);
                }
              }
              return false;
            });
  }

  /** The deployment that keeps the tenant by what is in force and does not change now, or null. */
  private @Nullable String heldAgainst(
      HotConfig config, TenantId tenant, Set<String> changing, Map<String, HotConfig> applied) {
    for (String deployment : deployments) {
      @Nullable HotConfig inForce = applied.get(deployment);
      if (inForce != null
          && !changing.contains(deployment)
          && inForce.tenants().contains(tenant)
          && (inForce.pool() == Pool.DEDICATED || config.pool() == Pool.DYNAMIC)) {
        return deployment;
      }
    }
    return null;
  }

  /** These could not be put in force now, and are tried again in the next round. */
  void postpone(Map<String, HotConfig> changed, String why) {
    changed.entrySet().forEach(declaration -> refuse(declaration, why, Duration.ZERO));
  }

  /** Takes out of {@code changed}, as refused, what has a tenant whose model was not loaded. */
  void refuseFailed(Map<String, HotConfig> changed, Map<TenantId, LoadFailure> failures) {
    changed
        .entrySet()
        .removeIf(
            declaration -> {
              for (TenantId tenant : declaration.getValue().tenants()) {
                @Nullable LoadFailure failure = failures.get(tenant);
                if (failure != null) {
                  return refuse(declaration, failure.detail(), RETRY);
                }
              }
              refused.remove(declaration.getKey());
              notSeen.remove(declaration.getKey());
              return false;
            });
  }

  private boolean refuse(Map.Entry<String, HotConfig> declaration, String why, Duration pause) {
    @Nullable Refusal before =
        refused.put(
            declaration.getKey(),
            new Refusal(declaration.getValue(), Deadline.after(pause, ticker), why));
    if (before == null || !before.why().equals(why)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "user_config of {0} refused: {1}",
          declaration.getKey(),
          why);
    }
    return true;
  }

  /** These declarations without those of their tenants; a new map. */
  static Map<String, HotConfig> without(
      Collection<TenantId> tenants, Map<String, HotConfig> changed) {
    Map<String, HotConfig> others = new LinkedHashMap<>();
    changed.forEach(
        (deployment, config) ->
            others.put(
                deployment,
                new HotConfig(
                    config.tenants().stream().filter(t -> !tenants.contains(t)).toList(),
                    config.capacity(),
                    config.capacityMib(),
                    config.pool())));
    return others;
  }

  /** The capacities with these declarations in force. */
  static HotCapacities capacities(Map<String, HotConfig> changed, HotCapacities capacities) {
    HotCapacities then = capacities;
    for (Map.Entry<String, HotConfig> declaration : changed.entrySet()) {
      then = then.with(declaration.getKey(), declaration.getValue());
    }
    return then;
  }

  /** The table after these declarations, one after the other. */
  static PlacementTable apply(
      Map<String, HotConfig> changed,
      PlacementTable table,
      HotCapacities capacities,
      Demand demand) {
    PlacementTable next = table;
    HotCapacities then = capacities;
    for (Map.Entry<String, HotConfig> declaration : changed.entrySet()) {
      then = then.with(declaration.getKey(), declaration.getValue());
      next =
          PlacementPlanner.declare(
              next, then, declaration.getKey(), declaration.getValue(), demand);
    }
    return next;
  }
}
