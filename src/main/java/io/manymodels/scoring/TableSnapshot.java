package io.manymodels.scoring;

import io.manymodels.placement.PlacementTable;
import io.manymodels.time.Deadline;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The newest placement table that this process has seen, with something derived from it once a
 * generation. Thread-safe; reading takes no lock.
 *
 * @param <D> what is derived
 */
public final class TableSnapshot<D> {

  /** A table and what was derived from it. */
  public record Derived<D>(PlacementTable table, D value) {}

  private final Function<PlacementTable, D> derive;
  private final CountDownLatch first = new CountDownLatch(1);
  private volatile Derived<D> newest;

  public TableSnapshot(Function<PlacementTable, D> derive) {
    this.derive = derive;
    this.newest = new Derived<>(PlacementTable.EMPTY, derive.apply(PlacementTable.EMPTY));
  }

  public Derived<D> get() {
    return newest;
  }

  /** Takes a table if it is newer than the one known, whoever sent it. */
  public synchronized void offer(PlacementTable table) {
    if (table.generation().newerThan(newest.table().generation())) {
      newest = new Derived<>(table, derive.apply(table));
      first.countDown();
    }
  }

  /** Waits until some table was offered; false when none was before the deadline. */
  public boolean awaitFirst(Deadline deadline) {
    try {
      return first.await(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
