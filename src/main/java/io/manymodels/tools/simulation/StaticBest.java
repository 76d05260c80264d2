package io.manymodels.tools.simulation;

import java.util.Arrays;

/**
 * The best policy that never moves a tenant: the tenants with the most requests in the whole trace
 * are placed before its first request, and stay.
 */
final class StaticBest implements SimulatedPolicy {

  @Override
  public String name() {
    return "static";
  }

  @Override
  public Outcome replay(Trace trace, Places places) {
    HitTally tally = new HitTally(name(), trace);
    boolean[] placed = mostAskedFor(trace, places.total());
    for (boolean is : placed) {
      if (is) {
        tally.promotion();
      }
    }
    for (int i = 0; i < trace.size(); i++) {
      tally.request(placed[trace.tenant(i)]);
    }
    return tally.outcome();
  }

  private static boolean[] mostAskedFor(Trace trace, int places) {
    int tenants = trace.tenants().size();
    // The count above the index, so that one sort of longs orders tenants by count.
    long[] counts = new long[tenants];
    Arrays.setAll(counts, tenant -> tenant);
    for (int i = 0; i < trace.size(); i++) {
      counts[trace.tenant(i)] += 1L << Integer.SIZE;
    }
    Arrays.sort(counts);
    boolean[] placed = new boolean[tenants];
    for (int i = tenants - 1; i >= Math.max(0, tenants - places); i--) {
      if (counts[i] >> Integer.SIZE > 0) {
        placed[(int) counts[i]] = true;
      }
    }
    return placed;
  }
}
