package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The requests of single tenants since the last report. The thread of a request only writes it down
 * in a ring of fixed size, which the thread that reports empties; so nothing is looked up and
 * nothing allocated on the way of a request. Thread-safe and bounded: what does not fit is counted
 * and left out.
 */
public final class TenantLog {
  /** A Dispatcher empties it at least every half second: room for 32,000 requests a second. */
  private static final int ENTRIES = 1 << 14;

  private static final int OUTCOME_BITS = 3;

  /** Tenants of one report. */
  static final int MAX_TENANTS = 10_000;

  /** Those of them that nothing says exist. */
  static final int MAX_DOUBTFUL = 500;

  /** Says of a cell that it is about to be removed. */
  private static final long ENDED = -1;

  private final Count dropped;
  private final AtomicReferenceArray<@Nullable TenantId> names =
      new AtomicReferenceArray<>(ENTRIES);
  private final AtomicLongArray entries = new AtomicLongArray(ENTRIES);
  private final AtomicLong written = new AtomicLong();
  private volatile long read;
  private final ConcurrentMap<TenantId, AtomicLong> predictionNanos = new ConcurrentHashMap<>();
  private final Map<TenantId, TenantDraft> drafts = new TreeMap<>();
  private int doubtful;

  TenantLog(Count dropped) {
    this.dropped = dropped;
  }

  /**
   * Writes a request down.
   *
   * @param nanos from its beginning to its answer
   */
  public void record(TenantId tenant, RequestOutcome outcome, long nanos) {
    long at = written.get();
    while (at - read < ENTRIES) {
      long found = written.compareAndExchange(at, at + 1);
      if (found == at) {
        int slot = (int) (at & (ENTRIES - 1));
        entries.setPlain(slot, (Math.max(0, nanos) << OUTCOME_BITS) | outcome.number());
        names.setRelease(slot, tenant);
        return;
      }
      at = found;
    }
    dropped.increment();
  }

  /** Adds the time that a prediction of the tenant took on a thread of this process. */
  public void predicted(TenantId tenant, long nanos) {
    while (true) {
      @Nullable AtomicLong cell = predictionNanos.get(tenant);
      if (cell == null) {
        if (predictionNanos.size() >= MAX_TENANTS) {
          dropped.increment();
          return;
        }
        cell = predictionNanos.computeIfAbsent(tenant, same -> new AtomicLong());
      }
      long before = cell.get();
      while (before != ENDED) {
        long found = cell.compareAndExchange(before, before + Math.max(0, nanos));
        if (found == before) {
          return;
        }
        before = found;
      }
      // The thread that ended it is about to remove it; there is no need to wait for it.
      predictionNanos.remove(tenant, cell);
    }
  }

  /** Empties the ring, so that it does not fill up while no report can be sent. */
  synchronized void collect() {
    while (read < written.get()) {
      int slot = (int) (read & (ENTRIES - 1));
      @Nullable TenantId tenant = names.getAcquire(slot);
      if (tenant == null) {
        // It is being written.
        break;
      }
      long entry = entries.getPlain(slot);
      names.setPlain(slot, null);
      read = read + 1;
      add(
          tenant,
          RequestOutcome.ofNumber((int) (entry & ((1 << OUTCOME_BITS) - 1))),
          entry >>> OUTCOME_BITS);
    }
  }

  private void add(TenantId tenant, RequestOutcome outcome, long nanos) {
    @Nullable TenantDraft draft = drafts.get(tenant);
    if (draft == null) {
      boolean full =
          drafts.size() >= MAX_TENANTS
              || (outcome == RequestOutcome.REFUSAL && doubtful >= MAX_DOUBTFUL);
      if (full) {
        dropped.increment();
        return;
      }
      draft = new TenantDraft();
      drafts.put(tenant, draft);
      doubtful += outcome == RequestOutcome.REFUSAL ? 1 : 0;
    }
    draft.add(outcome, nanos);
  }

  /** All since the last call, in the order of tenants. */
  synchronized List<TenantMeasured> take() {
    collect();
    predictionNanos.forEach(this::takePredictions);
    List<TenantMeasured> all = new ArrayList<>(drafts.size());
    drafts.forEach((tenant, draft) -> all.add(draft.of(tenant)));
    drafts.clear();
    doubtful = 0;
    return all;
  }

  /** The cell of a tenant without a prediction since the last time is removed. */
  private void takePredictions(TenantId tenant, AtomicLong cell) {
    long nanos = cell.getAndSet(0);
    if (nanos > 0) {
      drafts.computeIfAbsent(tenant, same -> new TenantDraft()).addPrediction(nanos);
    } else if (cell.compareAndSet(0, ENDED)) {
      predictionNanos.remove(tenant, cell);
    }
  }
}
