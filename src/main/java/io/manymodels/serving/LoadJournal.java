package io.manymodels.serving;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Which models the processes of this node have been loading for a while, in a folder that they
 * share: a locked file for each such load, which only a process that dies leaves behind, unlocked.
 * So a model that takes more memory than there is kills one replica, and not the next one that is
 * asked: it is refused for a time that grows with every death. Thread-safe.
 *
 * <p>Loads that end soon, as nearly all do, leave no trace: one that exhausts a process does not,
 * and a process that is killed for another reason must not have its models refused.
 */
public final class LoadJournal {
  private static final System.Logger LOG = System.getLogger(LoadJournal.class.getName());

  /** After one death, after two, and after more. */
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10));

  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final Duration SOON = Duration.ofMillis(20);
  private static final Entry NOTHING = () -> {};

  /** Tells the files of one process from each other. */
  private static final AtomicLong NUMBERS = new AtomicLong();

  private static final String OWN = "." + ProcessHandle.current().pid() + ".";

  private final Optional<Path> folder;
  private final Duration soon;
  private final Ticker ticker;
  private final AtomicBoolean complained = new AtomicBoolean();
  private final ScheduledThreadPoolExecutor clock;

  private LoadJournal(Optional<Path> folder, Duration soon, Ticker ticker) {
    this.folder = folder;
    this.soon = soon;
    this.ticker = ticker;
    clock =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "load-journal");
              thread.setDaemon(true);
              return thread;
            });
    clock.setRemoveOnCancelPolicy(true);
  }

  /** A load under way; its end says that the process has survived. */
  interface Entry {
    void end();
  }

  /** For tests and tools, where no other process takes part. */
  static LoadJournal none() {
    return new LoadJournal(Optional.empty(), SOON, Ticker.SYSTEM);
  }

  /** In the folder, which is made when it is first needed. Without it, models load all the same. */
  public static LoadJournal in(Path folder, Ticker ticker) {
    return in(folder, SOON, ticker);
  }

  /** Writes down loads that take longer than {@code soon}. */
  static LoadJournal in(Path folder, Duration soon, Ticker ticker) {
    return new LoadJournal(Optional.of(folder), soon, ticker);
  }

  /**
   * To be called before a load.
   *
   * @throws ServingException {@code LOAD_FAILED} while it is too dangerous
   */
  Entry begin(ArtifactDescriptor artifact) {
    return folder.isEmpty() ? NOTHING : begin(folder.get(), artifact);
  }

  private Entry begin(Path place, ArtifactDescriptor artifact) {
    String digest = artifact.digest().hex();
    List<Path> deaths = List.of();
    try {
      deaths = deaths(place, digest);
      refuseWhileDangerous(artifact, deaths);
    } catch (IOException e) {
      complain(e);
    }
    UnderWay load = new UnderWay(place.resolve(digest + OWN + NUMBERS.incrementAndGet()), deaths);
    ScheduledFuture<?> writing = clock.schedule(load::write, soon.toNanos(), TimeUnit.NANOSECONDS);
    return () -> {
      writing.cancel(false);
      load.end();
    };
  }

  /** A load that is written down if it lasts. */
  private final class UnderWay {
    private final Path file;
    private final List<Path> deaths;
    private @Nullable FileChannel lock;
    private boolean ended;

    UnderWay(Path file, List<Path> deaths) {
      this.file = file;
      this.deaths = deaths;
    }

    synchronized void write() {
      if (ended) {
        return;
      }
      try {
        Path place = file.toAbsolutePath().getParent();
        if (place != null) {
          Files.createDirectories(place, PRIVATE);
        }
        // Locked before it has the name by which others look for it.
        Path unnamed = file.resolveSibling(".new-" + file.getFileName());
        FileChannel channel =
            FileChannel.open(unnamed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock = channel;
        // Held until the channel is closed, by the operating system when the process dies.
        var unused = channel.lock();
        Files.move(unnamed, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException | UnsupportedOperationException e) {
        complain(e);
      }
    }

    synchronized void end() {
      ended = true;
      try {
        if (lock != null) {
          Files.deleteIfExists(file);
          lock.close();
        }
        for (Path death : deaths) {
          Files.deleteIfExists(death);
        }
      } catch (IOException e) {
        complain(e);
      }
    }
  }

  private void refuseWhileDangerous(ArtifactDescriptor artifact, List<Path> deaths)
      throws IOException {
    if (deaths.isEmpty()) {
      return;
    }
    Duration pause = PAUSES.get(Math.min(deaths.size(), PAUSES.size()) - 1);
    Instant last = Instant.MIN;
    for (Path death : deaths) {
      Instant began = Files.getLastModifiedTime(death).toInstant();
      last = began.isAfter(last) ? began : last;
    }
    Duration left = pause.minus(Duration.between(last, ticker.now()));
    // A clock that was set back must not lengthen the pause.
    if (!left.isNegative() && left.compareTo(pause) <= 0) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          "model "
              + artifact.ref()
              + ": a replica died while it loaded this model ("
              + deaths.size()
              + " in all); it is tried again in "
              + (left.toSeconds() + 1)
              + " s");
    }
  }

  /** The files that ended processes left of loads of this artifact. */
  private static List<Path> deaths(Path place, String digest) throws IOException {
    List<Path> deaths = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(place, digest + ".*")) {
      for (Path file : files) {
        if (isLeft(file)) {
          deaths.add(file);
        }
      }
    } catch (NotDirectoryException | NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return deaths;
  }

  /** Own files are not touched: closing another channel of one would give up its lock. */
  private static boolean isLeft(Path file) throws IOException {
    if (String.valueOf(file.getFileName()).contains(OWN)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      // Shared, because others may look at the same moment.
      return channel.tryLock(0, Long.MAX_VALUE, true) != null;
    } catch (NoSuchFileException ended) {
      return false;
    }
  }

  private void complain(Exception e) {
    if (complained.compareAndSet(false, true)) {
      LOG.log(System.Logger.Level.WARNING, "the journal of loads is not kept: {0}", e.toString());
    }
  }
}
