package io.manymodels.scoring;

import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a tenant that asks more than all others together from standing before them in every queue:
 * while others ask, only a few of its requests are made at once, and the next one when one of these
 * has ended. A tenant that is alone, or one among many, never waits. Thread-safe; never blocks.
 *
 * <p>As many may wait as {@link InFlightLimits} lets in.
 */
final class Turns {
  /** A tenant is alone when no other one has asked for so long. */
  static final Duration LATELY = Duration.ofMillis(100);

  private final InFlightLimits inFlight;
  private final int atOnce;
  private final Ticker ticker;
  private final ConcurrentMap<TenantId, Lane> lanes = new ConcurrentHashMap<>();
  private volatile @Nullable TenantId last;
  private volatile long changedAt;

  /** What waits of one tenant; changed by the map's atomic operations only. */
  private static final class Lane {
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean draining;
  }

  /**
   * @param inFlight where requests are counted before they begin and until they have ended
   * @param atOnce requests that a tenant may always have under way, 1 or more
   */
  Turns(InFlightLimits inFlight, int atOnce, Ticker ticker) {
    this.inFlight = inFlight;
    this.atOnce = atOnce;
    this.ticker = ticker;
    this.changedAt = ticker.nanos() - LATELY.toNanos();
  }

  /**
   * Has a request that has been counted in begun: now, or when it is its tenant's turn.
   *
   * @param underWay requests of the tenant, this one among them
   * @param request must not throw
   */
  void begin(TenantId tenant, int underWay, Runnable request) {
    boolean others = othersAsk(tenant);
    boolean most = underWay > atOnce && others && 2L * underWay > inFlight.total();
    if (!most && (lanes.isEmpty() || !lanes.containsKey(tenant))) {
      request.run();
      return;
    }
    lanes.compute(
        tenant,
        (t, found) -> {
          Lane lane = found == null ? new Lane() : found;
          lane.waiting.add(request);
          return lane;
        });
    drain(tenant);
  }

  /** To be called after a request of the tenant has been counted out. */
  void ended(TenantId tenant) {
    if (!lanes.isEmpty()) {
      drain(tenant);
    }
  }

  private boolean othersAsk(TenantId tenant) {
    long now = ticker.nanos();
    if (!tenant.equals(last)) {
      last = tenant;
      changedAt = now;
    }
    return lately(now);
  }

  private boolean lately(long now) {
    return now - changedAt < LATELY.toNanos();
  }

  /**
   * By one thread at a time for each tenant, and not by itself again when a request ends at once.
   */
  private void drain(TenantId tenant) {
    AtomicBoolean mine = new AtomicBoolean();
    lanes.computeIfPresent(
        tenant,
        (t, lane) -> {
          mine.set(!lane.draining);
          lane.draining = true;
          return lane;
        });
    if (mine.get()) {
      for (@Nullable Runnable next = next(tenant); next != null; next = next(tenant)) {
        next.run();
      }
    }
  }

  private @Nullable Runnable next(TenantId tenant) {
    AtomicReference<@Nullable Runnable> next = new AtomicReference<>();
    lanes.computeIfPresent(
        tenant,
        (t, lane) -> {
          int begun = inFlight.of(tenant) - lane.waiting.size();
          if (begun < atOnce || !lately(ticker.nanos())) {
            next.set(lane.waiting.poll());
          }
          lane.draining = next.get() != null;
          return lane.waiting.isEmpty() && !lane.draining ? null : lane;
        });
    return next.get();
  }

  /** Requests that wait, of all tenants. */
  int waiting() {
    return lanes.values().stream().mapToInt(lane -> lane.waiting.size()).sum();
  }
}
