package io.manymodels.tools.simulation;

import java.util.LinkedHashMap;

/** Places every requested tenant; the least recently used one makes room. */
final class Lru implements SimulatedPolicy {
  private static final int INITIAL = 16;
  private static final float LOAD_FACTOR = 0.75f;

  @Override
  public String name() {
    return "lru";
  }

  @Override
  public Outcome replay(Trace trace, Places places) {
    HitTally tally = new HitTally(name(), trace);
    LinkedHashMap<Integer, Boolean> placed = new LinkedHashMap<>(INITIAL, LOAD_FACTOR, true);
    for (int i = 0; i < trace.size(); i++) {
      int tenant = trace.tenant(i);
      boolean hit = placed.get(tenant) != null;
      tally.request(hit);
      if (!hit) {
        if (placed.size() == places.total()) {
          var oldest = placed.keySet().iterator();
          oldest.next();
          oldest.remove();
          tally.eviction();
        }
        placed.put(tenant, true);
        tally.promotion();
      }
    }
    return tally.outcome();
  }
}
