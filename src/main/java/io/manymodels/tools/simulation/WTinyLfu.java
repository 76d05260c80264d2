package io.manymodels.tools.simulation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;

/**
 * W-TinyLFU as Caffeine implements it, maintained after every request so that nothing depends on
 * timing: a small LRU window, whose victims get into the main part if a sketch of recent
 * frequencies prefers them to the main part's victim (Einziger, Friedman, Manes, TinyLFU: A Highly
 * Efficient Cache Admission Policy, ACM Transactions on Storage 13(4), 2017). A tenant that one
 * request both admits and evicts was never placed.
 *
 * <p>Against hash flooding, Caffeine lets in one of 128 rather frequent candidates that it would
 * refuse ({@code BoundedLocalCache.admit}, 3.2.3). It draws from the thread's random source, and
 * its adaptive window magnifies a few such draws to a hundredth of the hit ratio: hence the seed.
 */
final class WTinyLfu implements SimulatedPolicy {
  private static final long SEED = 1;

  @Override
  public String name() {
    return "w-tinylfu";
  }

  @Override
  public Outcome replay(Trace trace, Places places) {
    ThreadRandom.seed(SEED);
    return new Replay(new HitTally(name(), trace), places).of(trace);
  }

  private static final class Replay {
    private final HitTally tally;
    private final Cache<Integer, Boolean> cache;
    private int newcomer = -1;
    private boolean refused;

    Replay(HitTally tally, Places places) {
      this.tally = tally;
      cache =
          Caffeine.newBuilder()
              .maximumSize(places.total())
              .executor(Runnable::run)
              .<Integer, Boolean>evictionListener((tenant, value, cause) -> left(tenant))
              .build();
    }

    Outcome of(Trace trace) {
      for (int i = 0; i < trace.size(); i++) {
        int tenant = trace.tenant(i);
        boolean hit = cache.getIfPresent(tenant) != null;
        tally.request(hit);
        if (!hit) {
          newcomer = tenant;
          refused = false;
          cache.put(tenant, true);
        }
        cache.cleanUp();
        if (!hit && !refused) {
          tally.promotion();
        }
        newcomer = -1;
      }
      return tally.outcome();
    }

    private void left(@Nullable Integer tenant) {
      if (tenant != null && tenant == newcomer) {
        refused = true;
      } else {
        tally.eviction();
      }
    }
  }
}
