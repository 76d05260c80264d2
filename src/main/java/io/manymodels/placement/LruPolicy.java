package io.manymodels.placement;

import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Promote;
import io.manymodels.placement.PlacementDecision.StayOverflow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * The policy of the system that this one re-implements: whoever is asked for is promoted, the least
 * recently used tenant of the dynamic pool makes room. The baseline that better policies are
 * measured against. Stateless, thread-safe.
 */
public final class LruPolicy implements PlacementPolicy {

  private record Victim(TenantId tenant, String deployment, long lastHit) {}

  @Override
  public List<PlacementDecision> decide(
      PlacementTable table,
      HotCapacities capacities,
      LastHits hits,
      List<TenantId> candidates,
      int maxMoves) {
    Map<String, Integer> free = freePlaces(table, capacities);
    PriorityQueue<Victim> victims = victims(table, capacities, hits);
    List<PlacementDecision> decisions = new ArrayList<>();
    int moves = 0;
    for (TenantId candidate : candidates) {
      if (table.placement(candidate).isPresent()) {
        continue;
      }
      if (moves == maxMoves) {
        decisions.add(new StayOverflow(candidate, "the limit of moves a second is reached"));
        continue;
      }
      PlacementDecision decision =
          firstFree(free)
              .<PlacementDecision>map(
                  deployment ->
                      new Promote(candidate, deployment, Optional.empty(), "a place was free"))
              .orElseGet(() -> displace(candidate, victims, hits));
      if (decision instanceof Promote promote) {
        moves++;
        free.computeIfPresent(promote.deployment(), (name, places) -> Math.max(0, places - 1));
      }
      decisions.add(decision);
    }
    return decisions;
  }

  private static PlacementDecision displace(
      TenantId candidate, PriorityQueue<Victim> victims, LastHits hits) {
    if (victims.isEmpty() || victims.peek().lastHit() >= hits.lastHit(candidate)) {
      return new StayOverflow(candidate, "every place is held by a tenant used more recently");
    }
    Victim victim = victims.remove();
    return new Promote(
        candidate,
        victim.deployment(),
        Optional.of(victim.tenant()),
        "it was used more recently than " + victim.tenant());
  }

  private static Map<String, Integer> freePlaces(PlacementTable table, HotCapacities capacities) {
    Map<String, Integer> taken = new HashMap<>();
    table.placements().values().forEach(p -> taken.merge(p.deployment(), 1, Integer::sum));
    Map<String, Integer> free = new LinkedHashMap<>();
    for (String deployment : capacities.deployments()) {
      if (capacities.dynamic(deployment)) {
        free.put(deployment, capacities.capacity(deployment) - taken.getOrDefault(deployment, 0));
      }
    }
    return free;
  }

  private static Optional<String> firstFree(Map<String, Integer> free) {
    return free.entrySet().stream()
        .filter(entry -> entry.getValue() > 0)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static PriorityQueue<Victim> victims(
      PlacementTable table, HotCapacities capacities, LastHits hits) {
    PriorityQueue<Victim> victims =
        new PriorityQueue<>(
            Comparator.comparingLong(Victim::lastHit).thenComparing(Victim::tenant));
    table
        .placements()
        .forEach(
            (tenant, placement) -> {
              if (!placement.pinned() && capacities.dynamic(placement.deployment())) {
                victims.add(new Victim(tenant, placement.deployment(), hits.lastHit(tenant)));
              }
            });
    return victims;
  }
}
