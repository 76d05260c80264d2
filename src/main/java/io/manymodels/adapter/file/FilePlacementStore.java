package io.manymodels.adapter.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.json.PlacementJson;
import io.manymodels.json.RememberedJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.RememberedPlacement;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The placement state in a folder: {@code term} and {@code placement.json}, and beside them {@code
 * remembered.json.gz}. Each is replaced by rename after it was forced to disk, under a lock on
 * {@code lock} that excludes other processes. Thread-safe.
 */
final class FilePlacementStore implements PlacementStore {
  private static final System.Logger LOG = System.getLogger(FilePlacementStore.class.getName());
  private static final Object IN_PROCESS = new Object();
  private static final String REMEMBERED = "remembered.json.gz";

  private final Path folder;
  private final FolderSystem system;
  private final FolderLocks locks;

  FilePlacementStore(Path folder, FolderSystem system) {
    this.folder = folder;
    this.system = system;
    this.locks = new FolderLocks(system);
  }

  private interface Action<T> {
    T run() throws IOException;
  }

  @Override
  public long startTerm() {
    return locked(
        () -> {
          long next = readTerm() + 1;
          replace("term", Long.toString(next));
          removeLeftovers();
          return next;
        });
  }

  @Override
  public PlacementState read() {
    return locked(
        () -> {
          Path file = folder.resolve("placement.json");
          return Files.exists(file)
              ? PlacementJson.readState(Files.readString(file))
              : PlacementState.EMPTY;
        });
  }

  @Override
  public boolean write(long term, PlacementState state) {
    return locked(
        () -> {
          if (readTerm() != term) {
            return false;
          }
          replace("placement.json", PlacementJson.write(state));
          return true;
        });
  }

  @Override
  public Optional<RememberedPlacement> remembered() {
    Optional<ByteBuffer> found;
    try {
      found = FileBytes.read(folder.resolve(REMEMBERED), RememberedJson.MAX_BYTES);
    } catch (IOException e) {
      throw unavailable(" (" + FolderFaults.reason(e) + ")", e);
    }
    return found.flatMap(FilePlacementStore::understood);
  }

  private static Optional<RememberedPlacement> understood(ByteBuffer content) {
    byte[] bytes = new byte[content.remaining()];
    content.get(bytes);
    try {
      return Optional.of(RememberedJson.read(bytes));
    } catch (IllegalArgumentException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} cannot be understood and is ignored: {1}",
          REMEMBERED,
          e.getMessage());
      return Optional.empty();
    }
  }

  /** The lock is not held while a large file goes to the disk: somebody may want to pin. */
  @Override
  public boolean remember(long term, RememberedPlacement placement) {
    Path temporary = folder.resolve(REMEMBERED + "." + term + ".new");
    try {
      Files.createDirectories(folder);
      force(temporary, RememberedJson.write(placement));
      return locked(
          () -> {
            if (readTerm() != term) {
              return false;
            }
            move(temporary, REMEMBERED);
            return true;
          });
    } catch (IOException e) {
      throw unavailable(" (" + FolderFaults.reason(e) + ")", e);
    } finally {
      // A disk that is full may have room for a pin without it.
      remove(temporary);
    }
  }

  /** What an owner that was killed was about to remember. */
  private void removeLeftovers() {
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(folder, REMEMBERED + ".*.new")) {
      leftovers.forEach(FilePlacementStore::remove);
    } catch (IOException | DirectoryIteratorException e) {
      LOG.log(System.Logger.Level.DEBUG, "leftovers stay", e);
    }
  }

  private static void remove(Path leftover) {
    try {
      Files.deleteIfExists(leftover);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a leftover stays", e);
    }
  }

  private long readTerm() throws IOException {
    Path file = folder.resolve("term");
    return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
  }

  private void replace(String name, String content) throws IOException {
    Path temporary = folder.resolve(name + ".new");
    force(temporary, content.getBytes(UTF_8));
    move(temporary, name);
    system.force(folder);
  }

  private static void force(Path file, byte[] content) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }

  private void move(Path temporary, String name) throws IOException {
    system.rename(temporary, folder.resolve(name));
  }

  private <T> T locked(Action<T> action) {
    synchronized (IN_PROCESS) {
      try {
        Files.createDirectories(folder);
        try (FileChannel channel =
            FileChannel.open(
                folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          Closeable held = locks.lock(folder, channel);
          try {
            return action.run();
          } finally {
            held.close();
          }
        }
      } catch (IOException e) {
        throw unavailable(" (" + FolderFaults.reason(e) + ")", e);
      } catch (IllegalArgumentException e) {
        throw unavailable("", e);
      }
    }
  }

  private static ServingException unavailable(String reason, Exception cause) {
    return new ServingException(
        ErrorCode.STORE_UNAVAILABLE,
        "the placement state cannot be read or written" + reason,
        cause);
  }

  @Override
  public void close() {}
}
