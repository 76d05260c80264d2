package io.manymodels.adapter.file;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One at a time among all threads and processes that change what is live in a registry folder: a
 * lock on its file {@code .lock}, which the system gives back when its holder dies. Readers need no
 * lock. Thread-safe.
 */
final class FolderLock {
  static final String NAME = ".lock";
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** The system's lock is the process's: it does not keep its threads apart. */
  private static final ReentrantLock IN_PROCESS = new ReentrantLock();

  /** Nobody signals it: the system does not tell when another process gives its lock back. */
  private static final Condition NEVER = IN_PROCESS.newCondition();

  private final Path root;
  private final Ticker ticker;
  private final FolderLocks locks;

  FolderLock(Path root, Ticker ticker, FolderSystem system) {
    this.root = root;
    this.ticker = ticker;
    this.locks = new FolderLocks(system);
  }

  /** A change, made while nobody else makes one. */
  interface Change {
    void make() throws IOException;
  }

  /** Throws {@code STORE_UNAVAILABLE}, naming {@code what}, when it cannot be made. */
  void run(String what, Change change) {
    try {
      Deadline deadline = Deadline.after(PATIENCE, ticker);
      if (!IN_PROCESS.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("locked by another thread");
      }
      try (FileChannel channel =
          FileChannel.open(
              root.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        Closeable held = lock(channel, deadline);
        try {
          change.make();
        } finally {
          held.close();
        }
      } finally {
        IN_PROCESS.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RegistryWriter.failed(what, e);
    } catch (IOException e) {
      throw RegistryWriter.failed(what, e);
    }
  }

  private Closeable lock(FileChannel channel, Deadline deadline)
      throws IOException, InterruptedException {
    Optional<Closeable> held = locks.tryLock(root, channel);
    while (held.isEmpty()) {
      if (deadline.passed()) {
        throw new ServingException(
            ErrorCode.STORE_UNAVAILABLE,
            "another publisher has locked the registry folder for "
                + PATIENCE.toSeconds()
                + " seconds");
      }
      var unused = NEVER.awaitNanos(PAUSE_NANOS);
      held = locks.tryLock(root, channel);
    }
    return held.get();
  }
}
