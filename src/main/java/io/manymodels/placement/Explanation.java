package io.manymodels.placement;

import io.manymodels.model.TenantId;
import io.manymodels.stats.Worth;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Why a tenant is where it is.
 *
 * @param placement where it is placed; empty: Deploymentx serves it
 * @param worth of its place
 * @param halfLife of the requests in {@code worth}
 * @param outlook what would move it
 * @param since the event that put it where it is; empty when it was never placed, or that is
 *     forgotten
 * @param events decided about it lately, latest first
 */
public record Explanation(
    TenantId tenant,
    Optional<Placement> placement,
    Worth worth,
    Duration halfLife,
    Outlook outlook,
    Optional<PlacementEvent> since,
    List<PlacementEvent> events) {

  public Explanation {
    events = List.copyOf(events);
  }

  /**
   * The changes that would move the tenant.
   *
   * @param rivals the tenants that would have to leave for it, or would take its place
   * @param bar that the benefit of whoever comes has to exceed; empty when traffic moves nobody
   *     here
   */
  public record Outlook(String text, List<TenantId> rivals, Optional<Double> bar) {
    public Outlook {
      rivals = List.copyOf(rivals);
    }
  }
}
