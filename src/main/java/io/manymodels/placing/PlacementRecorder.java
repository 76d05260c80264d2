package io.manymodels.placing;

import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.threads.Awaiting;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the next owner goes on with, on a thread of its own: a second after a decision, half
 * a minute after requests without one, and at the end; nothing while nothing happens. It takes a
 * fiftieth of the time at most. A store that fails is tried again. The owner's thread calls
 * everything but {@link #close}.
 */
final class PlacementRecorder implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PlacementRecorder.class.getName());
  private static final Duration AFTER_A_DECISION = Duration.ofSeconds(1);
  private static final Duration AFTER_REQUESTS = Duration.ofSeconds(30);
  private static final int PAUSE_FACTOR = 50;

  /** For what is written at the end. */
  private static final Duration LAST = Duration.ofSeconds(3);

  /** What there was to write. */
  private record Mark(long lastDecision, PlacementTable table, int awaited, long requests) {
    private static final Mark NONE = new Mark(0, PlacementTable.EMPTY, 0, 0);

    private static Mark of(PlacementOwner owner) {
      return new Mark(
          owner.history().last(),
          owner.table(),
          owner.awaited(),
          owner.statistics().totals().requests());
    }

    private boolean decidedSince(Mark before) {
      return lastDecision != before.lastDecision
          || table != before.table
          || awaited != before.awaited;
    }
  }

  private final PlacementStore store;
  private final Ticker ticker;
  private final BoundedPool thread = BoundedPool.of("placement-recorder", 1, 1);
  private volatile @Nullable Future<?> last;
  private volatile Mark written = Mark.NONE;
  private volatile Deadline afterADecision;
  private volatile Deadline afterRequests;
  private volatile boolean failing;
  private volatile boolean deposed;

  PlacementRecorder(PlacementStore store, Ticker ticker) {
    this.store = store;
    this.ticker = ticker;
    this.afterADecision = Deadline.after(AFTER_A_DECISION, ticker);
    this.afterRequests = Deadline.after(AFTER_REQUESTS, ticker);
  }

  /**
   * Begins to write when it is time to.
   *
   * @throws DeposedException when a later owner has taken over
   */
  void offer(PlacementOwner owner) {
    if (deposed) {
      throw new DeposedException();
    }
    Mark now = Mark.of(owner);
    if (!isWriting() && due(now).filter(Deadline::passed).isPresent()) {
      write(owner, now);
    }
  }

  /** The earlier of {@code other} and when {@link #offer} has something to do. */
  Deadline next(PlacementOwner owner, Deadline other) {
    return isWriting()
        ? other
        : due(Mark.of(owner)).map(due -> other.atMost(due.remaining())).orElse(other);
  }

  private Optional<Deadline> due(Mark now) {
    if (now.decidedSince(written)) {
      return Optional.of(afterADecision);
    }
    return now.requests() == written.requests() ? Optional.empty() : Optional.of(afterRequests);
  }

  /** Whether the last that was offered is not written yet. */
  boolean isWriting() {
    @Nullable Future<?> writing = last;
    return writing != null && !writing.isDone();
  }

  /** Begins to write what the last offer did not, however short ago that was. */
  void finish(PlacementOwner owner) {
    Mark now = Mark.of(owner);
    if (owner.hasBegun() && !deposed && due(now).isPresent()) {
      write(owner, now);
    }
  }

  private void write(PlacementOwner owner, Mark now) {
    long start = ticker.nanos();
    long term = owner.table().generation().term();
    RememberedPlacement placement = owner.remembered();
    try {
      last = thread.submit(() -> write(term, placement, now, start));
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "closed before all was written");
    }
  }

  private @Nullable Void write(
      long term, RememberedPlacement placement, Mark mark, long startNanos) {
    try {
      deposed = !store.remember(term, placement);
      written = mark;
      failing = false;
    } catch (ServingException e) {
      if (!failing) {
        LOG.log(
            System.Logger.Level.WARNING,
            "decisions and places are not written down for now: {0}",
            e.getMessage());
      }
      failing = true;
    } finally {
      Duration pause = Duration.ofNanos(ticker.nanos() - startNanos).multipliedBy(PAUSE_FACTOR);
      afterADecision = Deadline.after(longer(pause, AFTER_A_DECISION), ticker);
      afterRequests = Deadline.after(longer(pause, AFTER_REQUESTS), ticker);
    }
    return null;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  /** Waits until the last has been written, for a few seconds at most. */
  @Override
  public void close() {
    thread.shutdown();
    @Nullable Future<?> writing = last;
    if (writing != null) {
      try {
        var unused = Awaiting.result(writing, Deadline.after(LAST, ticker), "not written in time");
      } catch (ServingException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "the last decisions and places are not written down: {0}",
            e.getMessage());
      }
    }
    thread.close();
  }
}
