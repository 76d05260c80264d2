package io.manymodels.adapter.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What operating systems and file systems do differently with folders. Tests override it to do as
 * another system does. Thread-safe.
 */
class FolderSystem {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int MAX_RENAMES = 40;

  private final boolean posix;

  /** The system that this process runs on. */
  FolderSystem() {
    this(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
  }

  /** {@code posix} is false for Windows. */
  FolderSystem(boolean posix) {
    this.posix = posix;
  }

  /** The path without links; {@link NoSuchFileException} when there is nothing. */
  Path real(Path path) throws IOException {
    return path.toRealPath();
  }

  /** Whether there is something. By the old way of the JDK, which makes no exception to say no. */
  boolean exists(Path path) {
    return path.toFile().exists();
  }

  /** Throws {@link java.nio.file.FileAlreadyExistsException} when there is something. */
  Path createFolder(Path folder) throws IOException {
    return Files.createDirectory(folder);
  }

  /**
   * Forces the names in a folder to disk. Windows opens no folder, for whatever purpose: there a
   * rename lasts as the file system makes it (PostgreSQL's fsync_fname_ext, file_utils.c, leaves it
   * at that too).
   */
  void force(Path folder) throws IOException {
    if (posix) {
      try (FileChannel names = FileChannel.open(folder)) {
        names.force(true);
      }
    }
  }

  /**
   * Gives a file or folder another name in one step, and replaces a file of that name. Windows
   * refuses this for the moments in which somebody, such as a reader or a virus scanner, has one of
   * them open: there it is tried for a fifth of a second.
   */
  final void rename(Path from, Path to) throws IOException {
    for (int tried = 1; ; tried++) {
      try {
        renameNow(from, to);
        return;
      } catch (AccessDeniedException e) {
        if (posix || tried == MAX_RENAMES) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  void renameNow(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Waits for the lock of a file; throws {@link IOException} where there are no locks. */
  FileLock lock(FileChannel file) throws IOException {
    return file.lock();
  }

  /** Null when another process has the lock; throws as {@link #lock}. */
  @Nullable FileLock tryLock(FileChannel file) throws IOException {
    return file.tryLock();
  }
}
