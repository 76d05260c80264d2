package io.manymodels.serving;

import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The tenants that one Dispatcher answered since the last report. A hit is a request that was
 * answered with a prediction. Thread-safe and bounded: past {@code maximumSize} different tenants
 * in one interval further ones are not counted, and a hit that races with {@link #drain} may be
 * lost.
 */
public final class HitCounter {
  private final int maximumSize;
  private final Ticker ticker;
  private final long origin;
  private volatile ConcurrentMap<TenantId, Long> hits = new ConcurrentHashMap<>();

  public HitCounter(int maximumSize, Ticker ticker) {
    this.maximumSize = maximumSize;
    this.ticker = ticker;
    this.origin = ticker.nanos();
  }

  public void record(TenantId tenant) {
    Map<TenantId, Long> interval = hits;
    if (interval.size() < maximumSize || interval.containsKey(tenant)) {
      interval.put(tenant, ticker.nanos() - origin);
    }
  }

  /** The tenants hit since the last call, the latest last. Called by one thread. */
  public List<TenantId> drain() {
    Map<TenantId, Long> interval = hits;
    if (interval.isEmpty()) {
      return List.of();
    }
    hits = new ConcurrentHashMap<>();
    return Map.copyOf(interval).entrySet().stream()
        .sorted(
            Map.Entry.<TenantId, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .toList();
  }
}
