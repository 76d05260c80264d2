package io.manymodels.placing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementDecision;
import io.manymodels.placement.PlacementDecision.Promotion;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementTable;
import io.manymodels.time.Deadline;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes the replicas ready for a table before it is published: arriving tenants are loaded, who
 * departs is known to Deploymentx. Thread-confined.
 */
final class Readiness {
  private final List<String> deployments;
  private final HotFleet fleet;
  private final Handover handover;
  private final TableWriter writer;

  /**
   * @param deployments the hot ones
   */
  Readiness(List<String> deployments, HotFleet fleet, Handover handover, TableWriter writer) {
    this.deployments = deployments;
    this.fleet = fleet;
    this.handover = handover;
    this.writer = writer;
  }

  /**
   * Loads whatever {@code next} places and the table does not; returns what failed and why.
   *
   * @param capacities that are in force with {@code next}
   */
  SortedMap<TenantId, LoadFailure> load(
      PlacementTable next, HotCapacities capacities, Deadline deadline) {
    PlacementTable table = writer.table();
    Map<String, List<TenantId>> arrivals = new LinkedHashMap<>();
    for (String deployment : deployments) {
      List<TenantId> arriving = List.copyOf(PlacementPlanner.arrivals(table, next, deployment));
      if (!arriving.isEmpty()) {
        arrivals.put(deployment, arriving);
      }
    }
    SortedMap<TenantId, LoadFailure> failures = fleet.load(arrivals, writer.nextStamp(), deadline);
    writer.endWhenDeposed(fleet.latestTerm());
    arrivals.forEach(
        (deployment, arriving) -> {
          if (capacities.boundedInBytes(deployment)) {
            refuseTooHeavy(
                deployment, arriving, next, capacities.capacityBytes(deployment), failures);
          }
        });
    return failures;
  }

  private void refuseTooHeavy(
      String deployment,
      List<TenantId> arriving,
      PlacementTable next,
      long capacityBytes,
      SortedMap<TenantId, LoadFailure> failures) {
    Set<TenantId> there = new TreeSet<>(next.tenantsOf(deployment));
    arriving.forEach(there::remove);
    for (TenantId tenant : arriving) {
      there.add(tenant);
      long bytes = fleet.heldBytes(deployment, there);
      if (bytes > capacityBytes) {
        there.remove(tenant);
        failures.putIfAbsent(tenant, LoadFailure.tooHeavy(deployment, bytes));
      }
    }
  }

  /**
   * The promotions that cannot be made, because Deploymentx cannot take the tenants that they
   * displace; by promoted tenant.
   */
  SortedMap<TenantId, LoadFailure> refuseDisplacements(
      List<PlacementDecision> decisions, Deadline deadline) {
    Set<TenantId> victims = new TreeSet<>();
    for (PlacementDecision decision : decisions) {
      if (decision instanceof Promotion promotion) {
        victims.addAll(promotion.victims());
      }
    }
    Set<TenantId> stay = handover.offer(victims, deadline);
    SortedMap<TenantId, LoadFailure> refused = new TreeMap<>();
    for (PlacementDecision decision : decisions) {
      if (decision instanceof Promotion promotion) {
        promotion.victims().stream()
            .filter(stay::contains)
            .findFirst()
            .ifPresent(
                victim ->
                    refused.put(
                        promotion.tenant(),
                        new LoadFailure(ErrorCode.STORE_UNAVAILABLE, cannotLeave(victim))));
      }
    }
    return refused;
  }

  /**
   * Has Deploymentx ready for everybody who loses a place in {@code next}.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE} when it cannot be
   */
  void handOver(PlacementTable next, Deadline deadline) {
    Set<TenantId> stay =
        handover.offer(PlacementPlanner.departures(writer.table(), next), deadline);
    if (!stay.isEmpty()) {
      throw new ServingException(
          ErrorCode.STORE_UNAVAILABLE,
          "nothing was changed: " + cannotLeave(stay.iterator().next()));
    }
  }

  /** As {@link #handOver}, where they have to leave whatever becomes of them. */
  void announce(PlacementTable next, Deadline deadline) {
    var unused = handover.offer(PlacementPlanner.departures(writer.table(), next), deadline);
  }

  private static String cannotLeave(TenantId tenant) {
    return "tenant '"
        + tenant
        + "' keeps its place, because Deploymentx cannot ask the registry for its live version";
  }
}
