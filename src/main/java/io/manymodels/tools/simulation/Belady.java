package io.manymodels.tools.simulation;

import java.util.Arrays;
import java.util.TreeSet;

/**
 * The optimal policy, which knows the future. On a miss, of the newcomer and all placed tenants,
 * the one that is next requested last goes without a place, which may be the newcomer. Of several
 * that never come again it is the newcomer, so that fewer models move. A free place is always
 * taken. After L. A. Belady, A study of replacement algorithms for a virtual-storage computer, IBM
 * Systems Journal 5(2), 1966, where there is no bypass.
 */
final class Belady implements SimulatedPolicy {

  @Override
  public String name() {
    return "belady";
  }

  @Override
  public Outcome replay(Trace trace, Places places) {
    HitTally tally = new HitTally(name(), trace);
    long[] next = nextUses(trace);
    // Placed tenants by their next request; no two tenants share that number.
    TreeSet<Long> placed = new TreeSet<>();
    for (int i = 0; i < trace.size(); i++) {
      boolean hit = !placed.isEmpty() && placed.first() == i;
      tally.request(hit);
      if (hit) {
        placed.pollFirst();
      } else {
        if (placed.size() == places.total()) {
          if (next[i] >= trace.size() || placed.last() < next[i]) {
            continue;
          }
          placed.pollLast();
          tally.eviction();
        }
        tally.promotion();
      }
      placed.add(next[i]);
    }
    return tally.outcome();
  }

  /**
   * Of each request the next one for the same tenant; when there is none, a number from the size of
   * the trace on that is the tenant's own.
   */
  private static long[] nextUses(Trace trace) {
    long[] upcoming = new long[trace.tenants().size()];
    Arrays.setAll(upcoming, tenant -> (long) trace.size() + tenant);
    long[] next = new long[trace.size()];
    for (int i = trace.size() - 1; i >= 0; i--) {
      next[i] = upcoming[trace.tenant(i)];
      upcoming[trace.tenant(i)] = i;
    }
    return next;
  }
}
