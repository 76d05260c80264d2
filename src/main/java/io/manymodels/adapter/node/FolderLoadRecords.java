package io.manymodels.adapter.node;

import io.manymodels.loading.LoadRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@link LoadRecords} as files in a shared folder. Each file is locked by the process that loads;
 * the operating system gives up the lock when the process dies. A file is empty, or has one byte
 * once its load is greedy. Its name is that of the record, the process and a number.
 */
final class FolderLoadRecords implements LoadRecords {
  private static final byte GREEDY = 'm';

  /** Tells the files of one process from each other. */
  private static final AtomicLong NUMBERS = new AtomicLong();

  /** By more than its number: in a container, every process that is started has the number 1. */
  private static final String OWN =
      "."
          + ProcessHandle.current().pid()
          + "-"
          + Long.toHexString(ThreadLocalRandom.current().nextLong())
          + ".";

  private final Path folder;
  private final Locks locks;

  /** Locks the file of a channel; throws {@link IOException} where a file system has no locks. */
  interface Locks {
    FileLock lock(FileChannel channel) throws IOException;
  }

  /** The folder is created when it is first needed. */
  FolderLoadRecords(Path folder) {
    this(folder, FileChannel::lock);
  }

  FolderLoadRecords(Path folder, Locks locks) {
    this.folder = folder;
    this.locks = locks;
  }

  @Override
  public OpenRecord open(String name) throws IOException {
    PrivateFolder.create(folder);
    Path file = folder.resolve(name + OWN + NUMBERS.incrementAndGet());
    return new LockedFile(file, locked(file));
  }

  private FileChannel locked(Path file) throws IOException {
    // Locked before it has the name by which others look for it.
    Path unnamed = file.resolveSibling(".new-" + file.getFileName());
    FileChannel channel =
        FileChannel.open(unnamed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      // Held until the channel is closed, by the operating system when the process dies.
      var unused = locks.lock(channel);
      Files.move(unnamed, file, StandardCopyOption.ATOMIC_MOVE);
      return channel;
    } catch (IOException e) {
      channel.close();
      Files.deleteIfExists(unnamed);
      throw e;
    }
  }

  private static final class LockedFile implements OpenRecord {
    private final Path file;
    private final FileChannel channel;

    LockedFile(Path file, FileChannel channel) {
      this.file = file;
      this.channel = channel;
    }

    @Override
    public void markGreedy() throws IOException {
      var unused = channel.write(ByteBuffer.wrap(new byte[] {GREEDY}));
    }

    @Override
    public void close() throws IOException {
      try (channel) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public List<AbandonedLoad> abandoned(String name) throws IOException {
    List<AbandonedLoad> abandoned = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, name + ".*")) {
      for (Path file : files) {
        abandoned(file).ifPresent(abandoned::add);
      }
    } catch (NotDirectoryException | NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return List.copyOf(abandoned);
  }

  /** Own files are not touched: closing another channel of one would give up its lock. */
  private static Optional<AbandonedLoad> abandoned(Path file) throws IOException {
    String id = String.valueOf(file.getFileName());
    if (id.contains(OWN)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      // Shared, because others may look at the same moment.
      if (channel.tryLock(0, Long.MAX_VALUE, true) == null) {
        return Optional.empty();
      }
      Instant last = Files.getLastModifiedTime(file).toInstant();
      return Optional.of(new AbandonedLoad(id, last, channel.size() > 0));
    } catch (NoSuchFileException | AccessDeniedException ended) {
      // The latter on Windows, until the last one that has the file open lets go of it.
      return Optional.empty();
    }
  }

  @Override
  public void remove(AbandonedLoad load) throws IOException {
    Files.deleteIfExists(folder.resolve(load.id()));
  }
}
