package io.manymodels.placement;

import io.manymodels.model.TenantId;
import io.manymodels.stats.Worth;
import java.util.List;

/** The decision of a policy about one tenant without a place, with the figures behind it. */
public sealed interface PlacementDecision {
  TenantId tenant();

  Figures figures();

  /**
   * The figures that were compared.
   *
   * @param worth of the tenant
   * @param victimsBenefit of those that would have to leave; 0 when there are none
   * @param bar that the tenant's benefit had to exceed
   */
  record Figures(Worth worth, double victimsBenefit, double bar) {}

  /** Load the tenant's model in a hot deployment and route to it; the victims leave there. */
  sealed interface Promotion extends PlacementDecision {
    String deployment();

    List<TenantId> victims();
  }

  /** A promotion to a place that is free. */
  record Fill(TenantId tenant, String deployment, Figures figures) implements Promotion {
    @Override
    public List<TenantId> victims() {
      return List.of();
    }
  }

  /** A promotion that others make room for. */
  record Displace(TenantId tenant, String deployment, List<TenantId> victims, Figures figures)
      implements Promotion {
    public Displace {
      victims = List.copyOf(victims);
    }
  }

  /** Leave the tenant to Deploymentx: those in its way are worth more, or nearly as much. */
  record StayOverflow(
      TenantId tenant, String deployment, List<TenantId> contenders, Figures figures)
      implements PlacementDecision {
    public StayOverflow {
      contenders = List.copyOf(contenders);
    }
  }

  /** Leave the tenant to Deploymentx for now: enough models are moving already. */
  record Postpone(TenantId tenant, Figures figures) implements PlacementDecision {}

  /** Leave the tenant to Deploymentx: its model is heavier than what traffic may fill anywhere. */
  record TooHeavy(TenantId tenant, Figures figures) implements PlacementDecision {}
}
