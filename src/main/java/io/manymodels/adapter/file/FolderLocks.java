package io.manymodels.adapter.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Locks of the system on files, which keep other processes away. Some network file systems have
 * none: there a lock is given without keeping anybody away, and the log says once that only one
 * process may change the folder. Thread-safe.
 */
final class FolderLocks {
  private static final System.Logger LOG = System.getLogger(FolderLocks.class.getName());

  private final FolderSystem system;
  private final AtomicBoolean warned = new AtomicBoolean();

  FolderLocks(FolderSystem system) {
    this.system = system;
  }

  /** Waits for the lock of a file in the folder; closing gives it back. */
  Closeable lock(Path folder, FileChannel file) throws IOException {
    try {
      return held(system.lock(file));
    } catch (IOException e) {
      return none(folder, e);
    }
  }

  /** The lock of a file in the folder, unless another process has it; closing gives it back. */
  Optional<Closeable> tryLock(Path folder, FileChannel file) throws IOException {
    try {
      @Nullable FileLock lock = system.tryLock(file);
      return lock == null ? Optional.empty() : Optional.of(held(lock));
    } catch (IOException e) {
      return Optional.of(none(folder, e));
    }
  }

  private static Closeable held(FileLock lock) throws IOException {
    if (!lock.isValid()) {
      throw new IOException("the lock was lost");
    }
    return lock::release;
  }

  /** Throws {@code why} unless no file of the folder can be locked. */
  private Closeable none(Path folder, IOException why) throws IOException {
    if (why instanceof ClosedChannelException
        || why instanceof FileLockInterruptionException
        || hasLocks(folder)) {
      throw why;
    }
    if (warned.compareAndSet(false, true)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: its file system has no locks ({1}); let no two processes change it at a time",
          folder,
          FolderFaults.reason(why));
    }
    return () -> {};
  }

  private boolean hasLocks(Path folder) throws IOException {
    try (FileChannel probe =
        FileChannel.open(
            folder.resolve(Leftovers.NEW + UUID.randomUUID()),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      return canLock(probe);
    }
  }

  private boolean canLock(FileChannel file) {
    try {
      return system.tryLock(file) != null;
    } catch (IOException e) {
      return false;
    }
  }
}
