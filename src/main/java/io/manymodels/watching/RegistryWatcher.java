package io.manymodels.watching;

import io.manymodels.registry.VersionLook;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.threads.BoundedPool;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Looks at the registry once a period for all replicas that hold models, and tells them what it
 * found: at once where a replica is behind, and once a period, each in its turn, that it need not
 * look itself. The answer to each word is what the replica holds. What was loaded since the last
 * look is looked up soon after it was reported, so that no model waits for longer than a period.
 * Two daemon threads, and a few for calls; thread-safe.
 */
public final class RegistryWatcher implements AutoCloseable {
  private static final int CALLS_AT_ONCE = 4;
  private static final int WAITING_CALLS = 1_000;

  private final RegistryLooks looks;
  private final WatchWords words;
  private final BoundedPool calls = BoundedPool.of("version-words", CALLS_AT_ONCE, WAITING_CALLS);
  private final BooleanSupplier alive;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Semaphore lookDue = new Semaphore(0);
  private final Semaphore wordDue = new Semaphore(0);

  /**
   * @param look at the registry
   * @param period between two looks
   * @param holding deployments whose replicas hold models
   * @param alive false when another SharedMemory has taken over: then this one ends
   */
  public RegistryWatcher(
      VersionLook look,
      Duration period,
      ReplicaDirectory directory,
      Collection<String> holding,
      VersionHolders holders,
      BooleanSupplier alive,
      Ticker ticker) {
    WatchBoard board = new WatchBoard();
    this.looks = new RegistryLooks(look, board, period, wordDue::release, ticker);
    this.words =
        new WatchWords(
            board, looks, period, directory, holding, holders, calls, this::answered, ticker);
    this.alive = alive;
    directory.onChange(wordDue::release);
  }

  public void start() {
    DaemonLoop.start(
        "registry-look", closed, () -> step(lookDue, looks::untilDueMillis, looks::step));
    DaemonLoop.start(
        "version-turns", closed, () -> step(wordDue, words::untilDueMillis, words::step));
  }

  private void step(Semaphore due, LongSupplier untilDue, Runnable step)
      throws InterruptedException {
    var unused = due.tryAcquire(untilDue.getAsLong(), TimeUnit.MILLISECONDS);
    due.drainPermits();
    if (!alive.getAsBoolean()) {
      close();
    } else if (closed.getCount() > 0) {
      step.run();
    }
  }

  /** There may be something new to look at, and the replica may have missed something. */
  private void answered() {
    lookDue.release();
    wordDue.release();
  }

  @Override
  public void close() {
    closed.countDown();
    lookDue.release();
    wordDue.release();
    calls.close();
  }
}
