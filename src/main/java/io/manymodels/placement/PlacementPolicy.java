package io.manymodels.placement;

import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Displace;
import io.manymodels.placement.PlacementDecision.Figures;
import io.manymodels.placement.PlacementDecision.Fill;
import io.manymodels.placement.PlacementDecision.Postpone;
import io.manymodels.placement.PlacementDecision.Promotion;
import io.manymodels.placement.PlacementDecision.StayOverflow;
import io.manymodels.placement.PlacementDecision.TooHeavy;
import io.manymodels.stats.Demand;
import io.manymodels.stats.TenantWorth;
import io.manymodels.stats.Worth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Decides promotions and evictions from traffic. The places go to the tenants with the highest
 * worth, which is decayed request rate times the cost of a miss (the greedy rule of GreedyDual-Size
 * with Frequency: Cherkasova, HP Labs 1998), {@link Admission} judges the candidates and {@link
 * Victims} chooses the tenants that leave. A pure function of its arguments, so the simulator
 * replays traces through the production code. Stateless, thread-safe.
 */
public final class PlacementPolicy {
  /** Refusals that a round reports, of the best candidates. */
  private static final int REFUSALS = 8;

  private final Admission admission;

  public PlacementPolicy(Admission admission) {
    this.admission = admission;
  }

  /**
   * Decisions about the most worthy tenants that are not placed, best first, with at most {@code
   * maxMoves} promotions; carried out in this order they keep every deployment's capacity, never
   * touch a pinned tenant and never place anybody in a dedicated deployment.
   */
  public List<PlacementDecision> decide(
      PlacementTable table, HotCapacities capacities, Demand demand, int maxMoves) {
    List<Victims> deployments = new ArrayList<>();
    for (String deployment : capacities.deployments()) {
      if (capacities.dynamic(deployment)) {
        deployments.add(Victims.of(deployment, table, capacities, demand));
      }
    }
    if (deployments.isEmpty()) {
      return List.of();
    }
    double least = deployments.stream().mapToDouble(Victims::leastBenefit).min().orElse(0);
    List<TenantWorth> candidates = new ArrayList<>(demand.above(least));
    candidates.removeIf(candidate -> table.placement(candidate.tenant()).isPresent());
    candidates.sort(
        Comparator.<TenantWorth>comparingDouble(candidate -> -candidate.worth().benefit())
            .thenComparing(TenantWorth::tenant));
    return decide(candidates, deployments, maxMoves);
  }

  private List<PlacementDecision> decide(
      List<TenantWorth> candidates, List<Victims> deployments, int maxMoves) {
    List<PlacementDecision> decisions = new ArrayList<>();
    int moves = 0;
    int refusals = 0;
    for (TenantWorth candidate : candidates) {
      PlacementDecision decision = judge(candidate, deployments, moves < maxMoves);
      decisions.add(decision);
      if (decision instanceof Promotion) {
        moves++;
      } else if (++refusals == REFUSALS) {
        break;
      }
    }
    return decisions;
  }

  private PlacementDecision judge(
      TenantWorth candidate, List<Victims> deployments, boolean mayMove) {
    TenantId tenant = candidate.tenant();
    Worth worth = candidate.worth();
    Optional<Victims> place =
        deployments.stream()
            .filter(deployment -> deployment.takes(worth.weightBytes()))
            .min(
                Comparator.<Victims>comparingDouble(d -> d.benefitOfLeaving(worth.weightBytes()))
                    .thenComparingDouble(Victims::share));
    if (place.isEmpty()) {
      return new TooHeavy(tenant, new Figures(worth, 0, 0));
    }
    Victims.Leaving leaving = place.get().leaving(worth.weightBytes());
    double bar =
        leaving.tenants().isEmpty()
            ? 0
            : admission.bar(worth, leaving.benefit(), leaving.variance());
    Figures figures = new Figures(worth, leaving.benefit(), bar);
    if (worth.benefit() <= bar) {
      return new StayOverflow(tenant, place.get().deployment(), leaving.tenants(), figures);
    }
    if (!mayMove) {
      return new Postpone(tenant, figures);
    }
    place.get().replace(leaving, worth.weightBytes());
    return leaving.tenants().isEmpty()
        ? new Fill(tenant, place.get().deployment(), figures)
        : new Displace(tenant, place.get().deployment(), leaving.tenants(), figures);
  }
}
