package io.manymodels.placing;

import io.manymodels.config.HotConfig;
import io.manymodels.model.TenantId;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placing.HotFleet.LoadFailure;
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
 * Which user_config of the hot deployments is news, and which was refused and why. A refused one is
 * tried again after a pause, because a missing model may have been published. Thread-confined.
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

  /** The declarations to apply now, in the order of the deployments; a new map. */
  Map<String, HotConfig> changed(
      Function<String, Optional<HotConfig>> declared,
      Map<String, HotConfig> applied,
      HotCapacities capacities,
      PlacementTable table) {
    Map<String, HotConfig> changed = new LinkedHashMap<>();
    for (String deployment : deployments) {
      Optional<HotConfig> config = declared.apply(deployment);
      if (config.isEmpty()) {
        continue;
      }
      boolean bare = isBare(deployment, config.get(), capacities, table);
      if (isNews(deployment, config.get(), applied.get(deployment)) || bare) {
        changed.put(deployment, config.get());
      }
    }
    return changed;
  }

  private boolean isNews(String deployment, HotConfig declared, @Nullable HotConfig applied) {
    if (declared.equals(applied)) {
      refused.remove(deployment);
      return false;
    }
    @Nullable Refusal refusal = refused.get(deployment);
    return refusal == null || !refusal.config().equals(declared) || refusal.retry().passed();
  }

  /**
   * Whether a dynamic deployment came up with nothing loaded, as after a restart of everything: it
   * starts with its configured tenants again, unless they are somewhere else by now. Asked once a
   * deployment.
   */
  private boolean isBare(
      String deployment, HotConfig declared, HotCapacities capacities, PlacementTable table) {
    return notSeen.remove(deployment)
        && capacities.dynamic(deployment)
        && table.tenantsOf(deployment).isEmpty()
        && declared.tenants().stream().noneMatch(t -> table.placement(t).isPresent());
  }

  /** Takes out of {@code changed}, as refused, what names a tenant twice or one without a model. */
  void refuseImpossible(Map<String, HotConfig> changed, Predicate<TenantId> hasModel) {
    Map<TenantId, String> claims = new HashMap<>();
    changed
        .entrySet()
        .removeIf(
            declaration -> {
              for (TenantId tenant : declaration.getValue().tenants()) {
                @Nullable String other = claims.putIfAbsent(tenant, declaration.getKey());
                if (other != null) {
                  return refuse(declaration, "tenant '" + tenant + "' is also in " + other);
                }
                if (!hasModel.test(tenant)) {
                  return refuse(declaration, "tenant '" + tenant + "' has no model");
                }
              }
              return false;
            });
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
                  return refuse(declaration, failure.detail());
                }
              }
              refused.remove(declaration.getKey());
              return false;
            });
  }

  private boolean refuse(Map.Entry<String, HotConfig> declaration, String why) {
    refused.put(
        declaration.getKey(),
        new Refusal(declaration.getValue(), Deadline.after(RETRY, ticker), why));
    LOG.log(
        System.Logger.Level.WARNING, "user_config of {0} refused: {1}", declaration.getKey(), why);
    return true;
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
