package io.manymodels.stats;

import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The requests that one Dispatcher answered since the last report. Thread-safe and bounded: past
 * {@code maximumTenants} different tenants in one interval, requests of further ones are not
 * counted. Counting takes no lock but that of the tenant's own entry on its first request in an
 * interval.
 */
public final class TrafficCounter {
  /** Between two reports at most, while there is traffic. */
  public static final Duration INTERVAL = Duration.ofMillis(250);

  /** Requests after which a report is due before the interval ends. */
  public static final int EARLY = 64;

  private static final class Cell {
    private final AtomicInteger hits = new AtomicInteger();
    private final AtomicInteger overflowHits = new AtomicInteger();
    private final AtomicInteger loads = new AtomicInteger();
    private volatile @Nullable ModelRef model;
    private volatile @Nullable ModelCost cost;
  }

  private final int maximumTenants;
  private final Semaphore due = new Semaphore(0);
  private volatile Interval current = new Interval();
  private Interval previous = new Interval();

  private static final class Interval {
    private final ConcurrentMap<TenantId, Cell> cells = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
  }

  public TrafficCounter(int maximumTenants) {
    this.maximumTenants = maximumTenants;
  }

  /** Counts a request that {@code model} answered. */
  public void record(ModelRef model, Served served, ModelCost cost) {
    Interval interval = current;
    if (interval.requests.incrementAndGet() == EARLY) {
      due.release();
    }
    @Nullable Cell cell = interval.cells.get(model.tenant());
    if (cell == null) {
      if (interval.cells.size() >= maximumTenants) {
        return;
      }
      cell = interval.cells.computeIfAbsent(model.tenant(), tenant -> new Cell());
    }
    cell.model = model;
    cell.cost = cost;
    switch (served) {
      case HIT -> cell.hits.incrementAndGet();
      case OVERFLOW_HIT -> cell.overflowHits.incrementAndGet();
      case LOAD -> cell.loads.incrementAndGet();
    }
  }

  /** Waits until the interval has ended or a report is due earlier. */
  public void awaitDue() throws InterruptedException {
    if (due.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
      due.drainPermits();
    }
  }

  /** Makes a report due now. */
  public void hurry() {
    due.release();
  }

  /**
   * The traffic since the last call, in the order of tenants. A request that is being counted
   * meanwhile is in this report or in the next. Called by one thread.
   */
  public List<TenantTraffic> drain() {
    Interval ended = current;
    if (ended.requests.get() == 0 && previous.requests.get() == 0) {
      return List.of();
    }
    current = new Interval();
    List<TenantTraffic> traffic = new ArrayList<>();
    // Whoever took the interval just before it ended may have counted after it was read.
    collect(previous, traffic);
    collect(ended, traffic);
    previous = ended;
    traffic.sort(Comparator.comparing(TenantTraffic::tenant));
    return Collections.unmodifiableList(traffic);
  }

  private static void collect(Interval interval, List<TenantTraffic> into) {
    interval.requests.set(0);
    interval.cells.forEach(
        (tenant, cell) -> {
          int hits = cell.hits.getAndSet(0);
          int overflowHits = cell.overflowHits.getAndSet(0);
          int loads = cell.loads.getAndSet(0);
          ModelRef model = cell.model;
          ModelCost cost = cell.cost;
          if (hits + overflowHits + loads > 0 && model != null && cost != null) {
            into.add(new TenantTraffic(model, hits, overflowHits, loads, cost));
          }
        });
  }
}
