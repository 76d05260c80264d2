package io.manymodels.placement;

import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation.Outlook;
import io.manymodels.placement.PlacementDecision.Postpone;
import io.manymodels.placement.PlacementDecision.StayOverflow;
import io.manymodels.stats.Demand;
import io.manymodels.stats.TenantWorth;
import io.manymodels.stats.Worth;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Explains the place of a tenant by asking the policy that decides. A pure function, like the
 * policy.
 */
public final class PlacementExplainer {
  private static final int EVENTS = 20;

  private final PlacementPolicy policy;
  private final Admission admission;

  public PlacementExplainer(Admission admission) {
    this.policy = new PlacementPolicy(admission);
    this.admission = admission;
  }

  public Explanation explain(
      TenantId tenant,
      PlacementTable table,
      HotCapacities capacities,
      Demand demand,
      PlacementHistory history) {
    Worth worth = demand.of(tenant);
    Optional<Placement> placement = table.placement(tenant);
    Outlook outlook =
        placement
            .map(placed -> ofPlaced(placed, worth, table, capacities, demand))
            .orElseGet(() -> ofOverflow(tenant, worth, table, capacities, demand));
    return explanation(tenant, placement, demand, outlook, history);
  }

  /**
   * Explains a tenant that had a place before a restart and is about to have it again.
   *
   * @param deployment where
   */
  public Explanation ofReturning(
      TenantId tenant, String deployment, Demand demand, PlacementHistory history) {
    String text = "it was in " + deployment + " before a restart and is being loaded there again";
    return explanation(
        tenant, Optional.empty(), demand, new Outlook(text, List.of(), Optional.empty()), history);
  }

  private static Explanation explanation(
      TenantId tenant,
      Optional<Placement> placement,
      Demand demand,
      Outlook outlook,
      PlacementHistory history) {
    return new Explanation(
        tenant,
        placement,
        demand.of(tenant),
        demand.halfLife(),
        outlook,
        history.lastChange(tenant),
        history.of(tenant, EVENTS));
  }

  private Outlook ofPlaced(
      Placement placed,
      Worth worth,
      PlacementTable table,
      HotCapacities capacities,
      Demand demand) {
    if (placed.pinned()) {
      return new Outlook("only an operator moves a pinned tenant", List.of(), Optional.empty());
    }
    Optional<TenantWorth> rival =
        demand.above(0).stream()
            .filter(other -> table.placement(other.tenant()).isEmpty())
            .max(Comparator.comparingDouble(other -> other.worth().benefit()));
    Worth coming = rival.map(TenantWorth::worth).orElse(worth);
    double bar = admission.bar(coming, worth.benefit(), worth.variance());
    long before =
        table.placements().entrySet().stream()
            .filter(e -> !e.getValue().pinned() && capacities.dynamic(e.getValue().deployment()))
            .filter(e -> demand.of(e.getKey()).benefit() < worth.benefit())
            .count();
    String strongest =
        rival
            .map(
                r ->
                    "the greatest worth without a place is "
                        + number(r.worth().benefit())
                        + ", of "
                        + r.tenant())
            .orElse("no tenant without a place has been asked for");
    return new Outlook(
        String.format(
            Locale.ROOT,
            "it leaves for a tenant worth more than %s, after %d placed tenants that are worth less"
                + " than it; %s",
            number(bar),
            before,
            strongest),
        rival.map(r -> List.of(r.tenant())).orElse(List.of()),
        Optional.of(bar));
  }

  private Outlook ofOverflow(
      TenantId tenant, Worth worth, PlacementTable table, HotCapacities capacities, Demand demand) {
    if (worth.hits() == 0) {
      return new Outlook(
          "it was not asked for lately; requests would make it a candidate",
          List.of(),
          Optional.empty());
    }
    List<PlacementDecision> decisions =
        policy.decide(table, capacities, new Alone(tenant, demand), 0);
    if (decisions.isEmpty()) {
      return new Outlook("traffic may fill no place at all", List.of(), Optional.empty());
    }
    PlacementDecision decision = decisions.get(0);
    Optional<Double> bar = Optional.of(decision.figures().bar());
    if (decision instanceof StayOverflow stay) {
      return new Outlook(
          String.format(
              Locale.ROOT,
              "it is promoted to %s when it is worth more than %s; now it is worth %s",
              stay.deployment(),
              number(decision.figures().bar()),
              number(worth.benefit())),
          stay.contenders(),
          bar);
    }
    return decision instanceof Postpone
        ? new Outlook("it is about to be promoted", List.of(), bar)
        : new Outlook("its model is too heavy for every dynamic deployment", List.of(), bar);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  /** The demand as if nobody else were without a place. */
  private record Alone(TenantId tenant, Demand all) implements Demand {
    @Override
    public Worth of(TenantId other) {
      return all.of(other);
    }

    @Override
    public List<TenantWorth> above(double benefit) {
      return List.of(new TenantWorth(tenant, all.of(tenant)));
    }

    @Override
    public Duration halfLife() {
      return all.halfLife();
    }
  }
}
