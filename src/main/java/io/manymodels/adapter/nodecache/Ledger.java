package io.manymodels.adapter.nodecache;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file that coordinates the processes of a node: the bytes held, the time of the last sweep,
 * and locks that the operating system releases when a process dies. Thread-safe.
 *
 * <p>A lock is one byte of the file, far behind its end, chosen by the digest: so there is one lock
 * for each artifact and no file of its own to clean up. Such locks belong to the process and are
 * all gone when it closes any channel of this file: a second cache of the same folder in one
 * process costs single flight when it is closed, nothing else.
 */
final class Ledger implements AutoCloseable {
  /** Where the lock for sweeps is; those of digests are below. */
  static final long SWEEP_LOCK = 1L << 61;

  /** Locked for a moment, to see whether the file system has locks. */
  private static final long TRIED_LOCK = SWEEP_LOCK + 1;

  /** More than any bound, so that the first writer has to count what is there. */
  private static final long NOT_COUNTED = Long.MAX_VALUE / 4;

  private static final int HELD = 0;
  private static final int SWEPT = Long.BYTES;
  private static final int LENGTH = 2 * Long.BYTES;
  private static final VarHandle WORD =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final Path file;
  private final @Nullable Object key;
  private final FileChannel channel;
  private final Locks locks;
  private final MappedByteBuffer words;

  /** Locks one byte of a file; throws {@link IOException} where a file system has no locks. */
  interface Locks {
    Locks OF_SYSTEM = (file, position) -> file.tryLock(position, 1, false);

    /** Null when another process has the lock. */
    @Nullable FileLock tryLock(FileChannel file, long position) throws IOException;
  }

  private Ledger(Path file, FileChannel channel, Locks locks) throws IOException {
    this.file = file;
    this.channel = channel;
    this.locks = locks;
    this.key = key(file);
    this.words = channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH);
  }

  /** Throws {@link IOException} also where the file system has no locks. */
  static Ledger open(Path file, FileAttribute<?>[] attributes, Locks locks) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS),
            attributes);
    try {
      if (channel.size() < LENGTH) {
        // Written, not only mapped: a page that a full file system cannot give would kill the JVM.
        int written = channel.write(empty(), 0);
        if (written < LENGTH) {
          throw new IOException("the ledger cannot be written");
        }
      }
      Ledger ledger = new Ledger(file, channel, locks);
      Optional<FileLock> tried = ledger.tryLock(TRIED_LOCK);
      if (tried.isPresent()) {
        tried.get().release();
      }
      return ledger;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static ByteBuffer empty() {
    return ByteBuffer.allocate(LENGTH)
        .order(ByteOrder.nativeOrder())
        .putLong(HELD, NOT_COUNTED)
        .putLong(SWEPT, 0);
  }

  /** Whether the others still use this file: somebody may have deleted it, or the whole folder. */
  boolean isCurrent() {
    try {
      return Objects.equals(key, key(file));
    } catch (IOException e) {
      return false;
    }
  }

  private static @Nullable Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** The lock at this position, unless a thread or process holds it. */
  Optional<FileLock> tryLock(long position) throws IOException {
    try {
      return Optional.ofNullable(locks.tryLock(channel, position));
    } catch (OverlappingFileLockException e) {
      return Optional.empty();
    }
  }

  /** The bytes that the files of the folder are charged for; too low for a moment at most. */
  long heldBytes() {
    return (long) WORD.getVolatile(words, HELD);
  }

  void addHeld(long bytes) {
    long unused = (long) WORD.getAndAdd(words, HELD, bytes);
  }

  /** When the folder was last counted through. */
  Instant swept() {
    return Instant.ofEpochMilli((long) WORD.getVolatile(words, SWEPT));
  }

  /**
   * Puts a count in place of the sum.
   *
   * @param before the sum when the counting began; what was added since may be in {@code counted}
   *     or not, and is added, so that the sum is too large rather than too small
   */
  void setCounted(long counted, long before, Instant now) {
    while (true) {
      long held = heldBytes();
      if (WORD.compareAndSet(words, HELD, held, Math.max(0, counted + held - before))) {
        WORD.setVolatile(words, SWEPT, now.toEpochMilli());
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
