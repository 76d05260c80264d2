package io.manymodels.placing;

import io.manymodels.model.TenantId;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementDecision;
import io.manymodels.placement.PlacementDecision.Promotion;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.TrafficDecisions;
import io.manymodels.time.Deadline;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Carries out what traffic decides, and notes it. Thread-confined. */
final class Promotions {
  private static final System.Logger LOG = System.getLogger(Promotions.class.getName());

  private final List<String> deployments;
  private final HotFleet fleet;
  private final Readiness readiness;
  private final TableWriter writer;
  private final TrafficDecisions traffic;
  private final Restoration restoration;
  private long count;

  /**
   * @param deployments the hot ones
   */
  Promotions(
      List<String> deployments,
      HotFleet fleet,
      Readiness readiness,
      TableWriter writer,
      TrafficDecisions traffic,
      Restoration restoration) {
    this.deployments = deployments;
    this.fleet = fleet;
    this.readiness = readiness;
    this.writer = writer;
    this.traffic = traffic;
    this.restoration = restoration;
  }

  /** Promotions so far. */
  long count() {
    return count;
  }

  /**
   * Promotes the tenants whose traffic so far is worth a place; not to where places are being given
   * back.
   *
   * @param deadline of loads that begin now
   */
  void decide(Supplier<Deadline> deadline) {
    Set<String> open = fleet.reachable(deployments);
    open.removeAll(restoration.due());
    HotCapacities reachable = writer.capacities().only(open);
    List<PlacementDecision> decisions = traffic.decide(writer.table(), reachable);
    SortedMap<TenantId, LoadFailure> failures =
        readiness.refuseDisplacements(decisions, deadline.get());
    PlacementTable next = TrafficDecisions.apply(writer.table(), decisions, failures.keySet());
    if (next != writer.table()) {
      SortedMap<TenantId, LoadFailure> notLoaded =
          readiness.load(next, writer.capacities(), deadline.get());
      if (!notLoaded.isEmpty()) {
        failures.putAll(notLoaded);
        next = TrafficDecisions.apply(writer.table(), decisions, failures.keySet());
      }
    }
    if (next != writer.table()) {
      writer.publishNext(next);
    }
    decisions.forEach(decision -> note(decision, failures.get(decision.tenant())));
  }

  private void note(PlacementDecision decision, @Nullable LoadFailure failure) {
    if (failure != null) {
      String target = TrafficDecisions.target(decision);
      traffic.failed(decision.tenant());
      writer.history().failed(decision, target, writer.table().generation(), failure.detail());
      LOG.log(
          System.Logger.Level.WARNING,
          "not promoted: {0}: {1}",
          decision.tenant(),
          failure.detail());
      return;
    }
    writer.history().decided(decision, writer.table().generation());
    if (decision instanceof Promotion promotion) {
      count++;
      writer.countEvictions(promotion.victims().size());
      LOG.log(System.Logger.Level.DEBUG, "promoted: {0}", decision);
    }
  }
}
