package io.manymodels.adapter.nodecache;

import io.manymodels.model.ArtifactDigest;
import io.manymodels.time.Deadline;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The right to fetch one artifact for the node, or the reason to go on without it. */
final class DigestLock implements AutoCloseable {
  private static final long FIRST_PAUSE_NANOS = 100_000;
  private static final long MAX_PAUSE_NANOS = 5_000_000;
  private static final int DIGITS = 15;

  private final @Nullable FileLock lock;
  private final boolean timedOut;

  private DigestLock(@Nullable FileLock lock, boolean timedOut) {
    this.lock = lock;
    this.timedOut = timedOut;
  }

  /**
   * Waits until the lock is ours, {@code arrived} says that another process is done, the deadline
   * has passed, or the thread is interrupted. It asks again and again: the call of the operating
   * system that waits cannot be given a limit.
   */
  static DigestLock await(
      Ledger ledger, ArtifactDigest digest, Deadline deadline, BooleanSupplier arrived)
      throws IOException {
    long position = Long.parseLong(digest.hex().substring(0, DIGITS), 16);
    long pause = FIRST_PAUSE_NANOS;
    while (true) {
      Optional<FileLock> lock = ledger.tryLock(position);
      if (lock.isPresent()) {
        return new DigestLock(lock.get(), false);
      }
      if (arrived.getAsBoolean()) {
        return new DigestLock(null, false);
      }
      if (deadline.passed() || Thread.currentThread().isInterrupted()) {
        return new DigestLock(null, true);
      }
      LockSupport.parkNanos(ledger, Math.min(pause, deadline.remaining().toNanos()));
      pause = Math.min(2 * pause, MAX_PAUSE_NANOS);
    }
  }

  boolean isHeld() {
    return lock != null;
  }

  boolean timedOut() {
    return timedOut;
  }

  @Override
  public void close() throws IOException {
    if (lock != null && lock.acquiredBy().isOpen()) {
      lock.release();
    }
  }
}
