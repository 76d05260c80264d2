package io.manymodels.adapter.nodecache;

import io.manymodels.model.ArtifactDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The files of a node cache. A file with its final name is never written to again, only deleted or
 * replaced, because other processes may have mapped it. Thread-safe.
 */
final class CacheFolder {
  /** A larger file is mapped, a smaller one copied. */
  static final int COPIED_BYTES = 1 << 20;

  /** The JDK keeps direct memory of the size of the largest transfer for every thread. */
  private static final int TRANSFER_BYTES = 64 << 10;

  private static final Duration TOUCH_INTERVAL = Duration.ofMinutes(1);
  private static final int SHARD_DIGITS = 2;

  /** Tells a file from another one that takes its name later. */
  record Stamp(Object key, FileTime modified) {}

  /** A file as a sweep sees it. */
  record Entry(Path file, long bytes, long modifiedMillis) {}

  private final Path root;
  private final Path temporary;
  private final FolderPrivacy privacy;
  private final Ledger.Locks locks;
  private final String writer =
      ProcessHandle.current().pid()
          + "-"
          + Long.toHexString(ThreadLocalRandom.current().nextLong())
          + "-";
  private final AtomicLong count = new AtomicLong();

  CacheFolder(Path root) {
    this(root, new FolderPrivacy(), Ledger.Locks.OF_SYSTEM);
  }

  CacheFolder(Path root, FolderPrivacy privacy, Ledger.Locks locks) {
    this.root = root;
    this.temporary = root.resolve("tmp");
    this.privacy = privacy;
    this.locks = locks;
  }

  Path root() {
    return root;
  }

  /** Opens the file that coordinates the processes; the folder was prepared. */
  Ledger openLedger() throws IOException {
    return Ledger.open(root.resolve("ledger"), privacy.ofFile(), locks);
  }

  /**
   * Makes the folder, readable by nobody else, or checks the one that is there.
   *
   * @throws ForeignFolderException when it is a link, or another user's
   */
  void prepare() throws IOException {
    Path parent = Objects.requireNonNull(root.getParent());
    Files.createDirectories(parent, privacy.ofFolder());
    privacy.requireParent(parent);
    makeFolder(root);
    privacy.require(root);
    makeFolder(temporary);
  }

  private void makeFolder(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, privacy.ofFolder());
    } catch (FileAlreadyExistsException e) {
      // The caller looks at what is there.
    }
  }

  /** The bytes that lie under this digest, unchecked. */
  Optional<ByteBuffer> read(ArtifactDigest digest) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file(digest), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long bytes = channel.size();
      return Optional.of(
          bytes > COPIED_BYTES
              ? channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes)
              : copy(channel, (int) bytes));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static ByteBuffer copy(FileChannel channel, int bytes) throws IOException {
    ByteBuffer copy = ByteBuffer.allocate(bytes);
    do {
      copy.limit(Math.min(bytes, copy.position() + TRANSFER_BYTES));
    } while (channel.read(copy) > 0);
    return copy.flip().asReadOnlyBuffer();
  }

  /** Notes that the file was used, unless that was noted in the last minute. */
  void touch(ArtifactDigest digest, Instant now) throws IOException {
    Path file = file(digest);
    Instant touched = Files.getLastModifiedTime(file).toInstant();
    if (Duration.between(touched, now).abs().compareTo(TOUCH_INTERVAL) > 0) {
      Files.setLastModifiedTime(file, FileTime.from(now));
    }
  }

  /** The file under this digest, as it is now. */
  Optional<Stamp> stamp(ArtifactDigest digest) {
    try {
      BasicFileAttributes file =
          Files.readAttributes(file(digest), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return Optional.of(new Stamp(String.valueOf(file.fileKey()), file.lastModifiedTime()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Writes the bytes to a file without a name that anybody looks for. */
  Path write(ByteBuffer bytes) throws IOException {
    Path file = temporary.resolve(writer + count.incrementAndGet());
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            privacy.ofFile())) {
      ByteBuffer rest = bytes.duplicate();
      int end = rest.limit();
      while (rest.position() < end) {
        rest.limit(Math.min(end, rest.position() + TRANSFER_BYTES));
        channel.write(rest);
      }
      return file;
    } catch (IOException | RuntimeException e) {
      discard(file);
      throw e;
    }
  }

  /** Gives a written file the name of its digest. */
  void publish(Path written, ArtifactDigest digest) throws IOException {
    Path file = file(digest);
    try {
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      makeFolder(Objects.requireNonNull(file.getParent()));
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  void discard(Path written) {
    try {
      Files.deleteIfExists(written);
    } catch (IOException e) {
      // A sweep deletes it when it is old.
    }
  }

  /** Deletes what lies under this digest; the bytes that it had, if there was something. */
  OptionalLong delete(ArtifactDigest digest) throws IOException {
    try {
      long bytes = Files.size(file(digest));
      Files.delete(file(digest));
      return OptionalLong.of(bytes);
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    }
  }

  /** The files that were written and have no name yet. */
  List<Entry> unpublished() throws IOException {
    return entries(temporary);
  }

  /** The files that have a name. */
  List<Entry> published() throws IOException {
    List<Entry> all = new ArrayList<>();
    try (DirectoryStream<Path> shards =
        Files.newDirectoryStream(root, "[0-9a-f]".repeat(SHARD_DIGITS))) {
      for (Path shard : shards) {
        all.addAll(entries(shard));
      }
    }
    return all;
  }

  private static List<Entry> entries(Path folder) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        try {
          BasicFileAttributes found =
              Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          entries.add(new Entry(file, found.size(), found.lastModifiedTime().toMillis()));
        } catch (NoSuchFileException e) {
          // It was renamed or deleted meanwhile.
        }
      }
    }
    return entries;
  }

  private Path file(ArtifactDigest digest) {
    return root.resolve(digest.hex().substring(0, SHARD_DIGITS)).resolve(digest.hex());
  }
}
