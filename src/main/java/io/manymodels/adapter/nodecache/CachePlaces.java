package io.manymodels.adapter.nodecache;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The folders in which a cache may be: the first that can be used is. Where none can, they are
 * tried again after a minute, but for those that another user controls. Thread-safe.
 */
final class CachePlaces implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMinutes(1);
  private static final long MIB = 1 << 20;

  /** A folder in use. */
  record Place(CacheFolder folder, Ledger ledger, Sweeps sweeps) {}

  private final List<CacheFolder> folders;
  private final Quota quota;
  private final Ticker ticker;
  private final CacheTally tally;
  private volatile @Nullable Place place;
  private volatile boolean closed;
  private @Nullable Deadline pause;

  CachePlaces(List<CacheFolder> folders, Quota quota, Ticker ticker, CacheTally tally) {
    this.folders = new ArrayList<>(folders);
    this.quota = quota;
    this.ticker = ticker;
    this.tally = tally;
  }

  /** The folder that was opened last. */
  Optional<Place> opened() {
    return Optional.ofNullable(place);
  }

  boolean isClosed() {
    return closed;
  }

  /** The folder in use; another one when somebody has deleted it, empty when none can be used. */
  synchronized Optional<Place> open() {
    @Nullable Place current = place;
    if (closed || (current != null && current.ledger().isCurrent())) {
      return closed ? Optional.empty() : Optional.ofNullable(current);
    }
    leave();
    if (pause != null && !pause.passed()) {
      return Optional.empty();
    }
    List<String> reasons = new ArrayList<>();
    for (CacheFolder folder : List.copyOf(folders)) {
      try {
        Place found = open(folder, folders.indexOf(folder) < folders.size() - 1);
        place = found;
        tell(reasons, folder);
        return Optional.of(found);
      } catch (ForeignFolderException e) {
        folders.remove(folder);
        reasons.add(folder.root() + " is not used: " + e.getMessage());
      } catch (IOException | RuntimeException e) {
        // The latter when the file system cannot do what is asked of it.
        reasons.add(folder.root() + " cannot be used: " + reason(e));
      }
    }
    pause = Deadline.after(PAUSE, ticker);
    tally.cannot(String.join("; ", reasons) + "; models load without it");
    return Optional.empty();
  }

  private void tell(List<String> reasons, CacheFolder used) {
    if (!reasons.isEmpty()) {
      tally.cannot(String.join("; ", reasons) + "; " + used.root() + " is used instead");
    }
  }

  /** A folder on too small a file system is only taken when there is no other. */
  private Place open(CacheFolder folder, boolean others) throws IOException {
    folder.prepare();
    if (others) {
      requireRoom(folder);
    }
    return new Place(folder, folder.openLedger(), new Sweeps(folder, quota, ticker));
  }

  private void requireRoom(CacheFolder folder) throws IOException {
    long there = folder.root().toFile().getTotalSpace();
    // None is said where it is not known.
    if (there > 0 && there < quota.boundBytes()) {
      throw new IOException(
          "its file system has %d MiB, which are less than the %d MiB of the cache"
              .formatted(there / MIB, quota.boundBytes() / MIB));
    }
  }

  private static String reason(Exception e) {
    if (e instanceof FileSystemException file && file.getReason() == null) {
      return e.getClass().getSimpleName() + " " + file.getFile();
    }
    @Nullable String said =
        e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return said == null ? e.getClass().getSimpleName() : said;
  }

  private void leave() {
    @Nullable Place left = place;
    place = null;
    if (left != null) {
      try {
        left.ledger().close();
      } catch (IOException e) {
        tally.failed("cannot close", e);
      }
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    leave();
  }
}
