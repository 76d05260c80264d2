package io.manymodels.adapter.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.json.PlacementJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The placement state in a folder: {@code term} and {@code placement.json}, each replaced by rename
 * after it was forced to disk, under a lock on {@code lock} that excludes other processes.
 * Thread-safe.
 */
final class FilePlacementStore implements PlacementStore {
  private static final Object IN_PROCESS = new Object();

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

  private long readTerm() throws IOException {
    Path file = folder.resolve("term");
    return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
  }

  private void replace(String name, String content) throws IOException {
    Path temporary = folder.resolve(name + ".new");
    try (FileChannel out =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    system.rename(temporary, folder.resolve(name));
    system.force(folder);
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
