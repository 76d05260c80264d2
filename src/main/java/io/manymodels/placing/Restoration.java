package io.manymodels.placing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.TenantId;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementRecovery;
import io.manymodels.placement.PlacementTable;
import io.manymodels.stats.Demand;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives tenants the dynamic places back that they had before a restart, where nobody else has them
 * by now: deployment by deployment as these come up, the most worthy tenants first, a few at a time
 * so that the owner can do something else in between. A tenant that does not get its place back has
 * lost it, with the reason in the history. Thread-confined.
 */
final class Restoration {
  private static final System.Logger LOG = System.getLogger(Restoration.class.getName());

  /** In each deployment. */
  private static final int AT_ONCE = 64;

  /** While the registry is away. */
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final List<String> deployments;
  private final HotFleet fleet;
  private final Readiness readiness;
  private final TableWriter writer;
  private final Supplier<? extends Demand> demand;
  private final Ticker ticker;
  private final SortedMap<TenantId, String> awaited = new TreeMap<>();
  private final Map<String, Deadline> pauses = new HashMap<>();
  private int restored;

  /**
   * @param deployments the hot ones
   * @param demand by which the most worthy tenants come first
   */
  Restoration(
      List<String> deployments,
      HotFleet fleet,
      Readiness readiness,
      TableWriter writer,
      Supplier<? extends Demand> demand,
      Ticker ticker) {
    this.deployments = deployments;
    this.fleet = fleet;
    this.readiness = readiness;
    this.writer = writer;
    this.demand = demand;
    this.ticker = ticker;
  }

  /** These are to have their places again, and nobody else. */
  void begin(SortedMap<TenantId, String> places) {
    awaited.clear();
    awaited.putAll(places);
  }

  /** The tenants that are still to get their place back, each with its deployment. */
  SortedMap<TenantId, String> awaited() {
    return Collections.unmodifiableSortedMap(awaited);
  }

  /** The deployment in which a tenant is to have a place again. */
  Optional<String> awaited(TenantId tenant) {
    return Optional.ofNullable(awaited.get(tenant));
  }

  /** Whether somebody is to have a place in this deployment again. */
  boolean awaits(String deployment) {
    return awaited.containsValue(deployment);
  }

  /** The deployments in which the next {@link #step} gives places back. */
  Set<String> due() {
    if (awaited.isEmpty()) {
      return Set.of();
    }
    SortedSet<String> due = new TreeSet<>(awaited.values());
    due.retainAll(fleet.reachable(deployments));
    due.removeIf(
        deployment -> {
          @Nullable Deadline pause = pauses.get(deployment);
          return pause != null && !pause.passed();
        });
    return due;
  }

  /** Gives some of the places back; to be called as long as some are {@link #due}. */
  void step(Deadline deadline) {
    if (awaited.isEmpty()) {
      return;
    }
    PlacementTable table = writer.table();
    awaited.keySet().removeIf(tenant -> table.placement(tenant).isPresent());
    giveUp(in(place -> !deployments.contains(place)), "there is no such deployment any more");
    Map<TenantId, String> next = new TreeMap<>();
    for (String deployment : due()) {
      next.putAll(nextIn(deployment));
    }
    if (!next.isEmpty()) {
      load(next, deadline);
    }
    if (awaited.isEmpty()) {
      LOG.log(System.Logger.Level.INFO, "{0} places are as before the restart", restored);
    }
  }

  private List<TenantId> in(Predicate<String> where) {
    return awaited.entrySet().stream()
        .filter(place -> where.test(place.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** As many as there is room for; where there is none, nobody is awaited any more. */
  private Map<TenantId, String> nextIn(String deployment) {
    HotCapacities capacities = writer.capacities();
    List<TenantId> here = new ArrayList<>(in(deployment::equals));
    if (!capacities.dynamic(deployment)) {
      giveUp(here, deployment + " is not in the dynamic pool any more");
      return Map.of();
    }
    Set<TenantId> placed = writer.table().tenantsOf(deployment);
    int free = capacities.capacity(deployment) - placed.size();
    if (free <= 0) {
      giveUp(here, "others have the places in " + deployment);
      return Map.of();
    }
    Demand now = demand.get();
    here.sort(Comparator.comparingDouble(tenant -> -now.of(tenant).benefit()));
    long freeBytes = capacities.capacityBytes(deployment) - fleet.heldBytes(deployment, placed);
    Map<TenantId, String> next = new TreeMap<>();
    List<TenantId> tooHeavy = new ArrayList<>();
    for (TenantId tenant : here) {
      long bytes = now.of(tenant).weightBytes();
      if (bytes > freeBytes) {
        tooHeavy.add(tenant);
      } else if (next.size() < Math.min(free, AT_ONCE)) {
        next.put(tenant, deployment);
        freeBytes -= bytes;
      }
    }
    giveUp(tooHeavy, deployment + " takes too few MiB for it beside the others");
    return next;
  }

  private void load(Map<TenantId, String> next, Deadline deadline) {
    PlacementTable wanted = PlacementRecovery.withPlaces(writer.table(), next);
    SortedMap<TenantId, LoadFailure> failures =
        readiness.load(wanted, writer.capacities(), deadline);
    Map<TenantId, String> loaded = new TreeMap<>(next);
    loaded.keySet().removeAll(failures.keySet());
    if (!loaded.isEmpty()) {
      writer.publishNext(PlacementRecovery.withPlaces(writer.table(), loaded));
      awaited.keySet().removeAll(loaded.keySet());
      restored += loaded.size();
    }
    Set<String> answering = fleet.reachable(deployments);
    SortedMap<String, List<TenantId>> lost = new TreeMap<>();
    failures.forEach(
        (tenant, failure) -> {
          String deployment = String.valueOf(next.get(tenant));
          if (failure.code() == ErrorCode.STORE_UNAVAILABLE) {
            pauses.put(deployment, Deadline.after(PAUSE, ticker));
          } else if (answering.contains(deployment)
              && !(isLate(failure) && loaded.containsValue(deployment))) {
            lost.computeIfAbsent(failure.detail(), why -> new ArrayList<>()).add(tenant);
          }
        });
    lost.forEach((why, tenants) -> giveUp(tenants, why));
  }

  /** Where others came in time, it may be next in the queue. */
  private static boolean isLate(LoadFailure failure) {
    return failure.code() == ErrorCode.NO_REPLICA;
  }

  private void giveUp(List<TenantId> tenants, String why) {
    if (tenants.isEmpty()) {
      return;
    }
    for (TenantId tenant : tenants) {
      String deployment = String.valueOf(awaited.remove(tenant));
      writer.history().notRestored(tenant, deployment, writer.table().generation(), why);
      writer.countEvictions(1);
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "places not given back: {0}, first that of {1}: {2}",
        tenants.size(),
        tenants.get(0),
        why);
  }
}
