package io.manymodels.stats;

import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A counter of the requests that one Dispatcher answered since its last report. Thread-safe and
 * bounded: past {@code maximumTenants} different tenants in one interval, requests of further ones
 * are not counted. Every other request is in exactly one report. Counting takes no lock but that of
 * the tenant's own entry on its first request in an interval.
 */
public final class TrafficCounter {
  /** Between two reports at most, while there is traffic. */
  public static final Duration INTERVAL = Duration.ofMillis(250);

  /** Without traffic, between two looks whether there is any. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(10);

  /** Requests after which a report is due before the interval ends. */
  public static final int EARLY = 64;

  /** A tenant's counts of one interval, in one number so that they end together. */
  private static final class Cell {
    private static final int BITS = 20;
    private static final long MASK = (1L << BITS) - 1;
    private static final long ENDED = 1L << 62;

    private final AtomicLong counts = new AtomicLong();
    private volatile @Nullable ModelRef model;
    private volatile @Nullable ModelCost cost;

    /** False when the interval has ended: the request belongs to the next. */
    private boolean count(ModelRef newModel, Served served, ModelCost newCost) {
      model = newModel;
      cost = newCost;
      int shift = shift(served);
      long seen = counts.get();
      while (seen < ENDED) {
        boolean full = ((seen >>> shift) & MASK) == MASK;
        long next = full ? seen : seen + (1L << shift);
        long found = counts.compareAndExchange(seen, next);
        if (found == seen) {
          return true;
        }
        seen = found;
      }
      return false;
    }

    /** Ends the interval; what was counted in it, if anything was. */
    private Optional<TenantTraffic> end() {
      long ended = counts.getAndSet(ENDED);
      ModelRef lastModel = model;
      ModelCost lastCost = cost;
      return ended == 0 || lastModel == null || lastCost == null
          ? Optional.empty()
          : Optional.of(
              new TenantTraffic(
                  lastModel,
                  of(ended, Served.HIT),
                  of(ended, Served.OVERFLOW_HIT),
                  of(ended, Served.LOAD),
                  lastCost));
    }

    private static int of(long counts, Served served) {
      return (int) ((counts >>> shift(served)) & MASK);
    }

    private static int shift(Served served) {
      return switch (served) {
        case HIT -> 0;
        case OVERFLOW_HIT -> BITS;
        case LOAD -> 2 * BITS;
      };
    }
  }

  private final int maximumTenants;
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore due = new Semaphore(0);
  private final ConcurrentMap<TenantId, Cell> cells = new ConcurrentHashMap<>();
  private final AtomicInteger requests = new AtomicInteger();

  public TrafficCounter(int maximumTenants) {
    this.maximumTenants = maximumTenants;
  }

  /** Counts a request that {@code model} answered. */
  public void record(ModelRef model, Served served, ModelCost cost) {
    while (true) {
      @Nullable Cell cell = cells.get(model.tenant());
      if (cell == null) {
        if (cells.size() >= maximumTenants) {
          return;
        }
        cell = cells.computeIfAbsent(model.tenant(), tenant -> new Cell());
      }
      if (cell.count(model, served, cost)) {
        break;
      }
      // The thread that ended the cell is about to remove it; there is no need to wait for it.
      cells.remove(model.tenant(), cell);
    }
    int counted = requests.incrementAndGet();
    if (counted == 1) {
      begun.release();
    } else if (counted == EARLY) {
      due.release();
    }
  }

  /**
   * Waits for a request, and from then on until the interval has ended or a report is due earlier;
   * without a request for {@link #MAX_WAIT}.
   */
  public void awaitDue() throws InterruptedException {
    if (begun.tryAcquire(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
      begun.drainPermits();
      if (due.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
        due.drainPermits();
      }
    }
  }

  /** Makes a report due now. */
  public void hurry() {
    due.release();
    begun.release();
  }

  /**
   * The traffic since the last call, in the order of tenants. A request that is being counted
   * meanwhile is in this report or in the next.
   */
  public List<TenantTraffic> drain() {
    requests.set(0);
    List<TenantTraffic> traffic = new ArrayList<>();
    cells.forEach(
        (tenant, cell) -> {
          cell.end().ifPresent(traffic::add);
          cells.remove(tenant, cell);
        });
    traffic.sort(Comparator.comparing(TenantTraffic::tenant));
    return Collections.unmodifiableList(traffic);
  }
}
