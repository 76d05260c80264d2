package io.manymodels.tools.simulation;

import java.util.Comparator;
import java.util.TreeSet;

/**
 * Perfect LFU: counts every request since the beginning of the trace, of tenants that are not
 * placed too, and forgets nothing. A missed tenant takes a free place. When there is none, it
 * replaces the placed tenant with the smallest count (of several, the least recently used) if its
 * own count, with this request, is larger. Otherwise nothing moves.
 */
final class Lfu implements SimulatedPolicy {

  @Override
  public String name() {
    return "lfu";
  }

  @Override
  public Outcome replay(Trace trace, Places places) {
    HitTally tally = new HitTally(name(), trace);
    int[] counts = new int[trace.tenants().size()];
    int[] lastUse = new int[counts.length];
    // A tenant is taken out before its count changes, which decides its order.
    TreeSet<Integer> placed =
        new TreeSet<>(
            Comparator.<Integer>comparingInt(tenant -> counts[tenant])
                .thenComparingInt(tenant -> lastUse[tenant]));
    boolean[] isPlaced = new boolean[counts.length];
    for (int i = 0; i < trace.size(); i++) {
      int tenant = trace.tenant(i);
      boolean hit = isPlaced[tenant];
      tally.request(hit);
      if (hit) {
        placed.remove(tenant);
      }
      counts[tenant]++;
      lastUse[tenant] = i;
      if (!hit) {
        if (placed.size() == places.total()) {
          int least = placed.first();
          if (counts[least] >= counts[tenant]) {
            continue;
          }
          placed.remove(least);
          isPlaced[least] = false;
          tally.eviction();
        }
        isPlaced[tenant] = true;
        tally.promotion();
      }
      placed.add(tenant);
    }
    return tally.outcome();
  }
}
