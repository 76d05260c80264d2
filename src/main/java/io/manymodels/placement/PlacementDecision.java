package io.manymodels.placement;

import io.manymodels.model.TenantId;
import java.util.Optional;

/** What a policy wants done about one tenant that was asked for, and why. */
public sealed interface PlacementDecision {
  TenantId tenant();

  String reason();

  /**
   * Load the tenant's model in a hot deployment and route to it.
   *
   * @param victim who has to leave the same deployment for it; empty when a place is free
   */
  record Promote(TenantId tenant, String deployment, Optional<TenantId> victim, String reason)
      implements PlacementDecision {}

  /** Leave the tenant to Deploymentx. */
  record StayOverflow(TenantId tenant, String reason) implements PlacementDecision {}
}
