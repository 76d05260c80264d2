package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.loading.MemoryGuard.Meter;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.TimerThread;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
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
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Which models the processes of this node have been loading for a while, in a folder that they
 * share: a locked file for each such load, which only a process that dies leaves behind, unlocked.
 * So a model that takes more memory than there is kills one replica, and not the next one that is
 * asked: it is refused for a time that grows with every death. Thread-safe.
 *
 * <p>A process that is killed for another reason must not have its models refused. So loads that
 * end soon, as nearly all do, leave no trace; and where the free memory had not shrunk during the
 * load, one death may be a coincidence, and only the second has the model refused.
 */
public final class LoadJournal {
  private static final System.Logger LOG = System.getLogger(LoadJournal.class.getName());

  /** After one death, after two, and after more. */
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10));

  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final Duration SOON = Duration.ofMillis(20);

  /** A load that leaves less than so much of the memory that was free has taken too much of it. */
  private static final double SCARCE = 0.75;

  /** What the file of a load says once it has taken much memory; else it is empty. */
  private static final byte GREEDY = 'm';

  /** More than any process has threads that load. */
  private static final int MAX_LOADS = 10_000;

  private static final Entry NOTHING = () -> {};

  /** What begins the name of the file of a warm-up; those of loads begin with a digest. */
  private static final String WARM_UP = "warm-up";

  /** Tells the files of one process from each other. */
  private static final AtomicLong NUMBERS = new AtomicLong();

  private static final String OWN = "." + ProcessHandle.current().pid() + ".";

  private final Optional<Path> folder;
  private final Duration soon;
  private final List<Meter> memory;
  private final Ticker ticker;
  private final AtomicBoolean complained = new AtomicBoolean();
  private final TimerThread clock;

  private LoadJournal(Optional<Path> folder, Duration soon, List<Meter> memory, Ticker ticker) {
    this.folder = folder;
    this.soon = soon;
    this.memory = List.copyOf(memory);
    this.ticker = ticker;
    clock = TimerThread.of("load-journal", MAX_LOADS);
  }

  /** A load under way; closing it says that the process has survived. */
  public interface Entry extends AutoCloseable {
    @Override
    void close();
  }

  /** For tests and tools, where no other process takes part. */
  static LoadJournal none() {
    return new LoadJournal(Optional.empty(), SOON, List.of(), Ticker.SYSTEM);
  }

  /** In the folder, which is made when it is first needed. Without it, models load all the same. */
  public static LoadJournal in(Path folder, Ticker ticker) {
    return in(folder, SOON, List.of(new HeapMeter(), ContainerMeter.ofThisProcess()), ticker);
  }

  /** Writes down loads that take longer than {@code soon}, and looks at the memory as often. */
  static LoadJournal in(Path folder, Duration soon, List<Meter> memory, Ticker ticker) {
    return new LoadJournal(Optional.of(folder), soon, memory, ticker);
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
    List<Death> deaths = List.of();
    try {
      deaths = deaths(place, digest);
      refuseWhileDangerous(artifact, deaths);
    } catch (IOException e) {
      complain(e);
    }
    UnderWay load = new UnderWay(place.resolve(digest + OWN + NUMBERS.incrementAndGet()), deaths);
    Future<?> looking = clock.every(soon, load::look);
    return () -> {
      looking.cancel(false);
      load.end();
    };
  }

  /**
   * Throws like {@link #begin}, and writes nothing down: for loads that {@link #beginWarmUp}
   * covers.
   */
  Entry refuseIfDangerous(ArtifactDescriptor artifact) {
    if (folder.isPresent()) {
      try {
        refuseWhileDangerous(artifact, deaths(folder.get(), artifact.digest().hex()));
      } catch (IOException e) {
        complain(e);
      }
    }
    return NOTHING;
  }

  /**
   * To be called before a replica loads models that nobody has asked for. Empty when the process
   * before has not survived that: the next one has to serve without, whatever the reason was.
   */
  Optional<Entry> beginWarmUp() {
    return folder.isEmpty() ? Optional.of(NOTHING) : beginWarmUp(folder.get());
  }

  private Optional<Entry> beginWarmUp(Path place) {
    try {
      List<Death> deaths = deaths(place, WARM_UP);
      for (Death death : deaths) {
        Files.deleteIfExists(death.file());
      }
      if (!deaths.isEmpty()) {
        return Optional.empty();
      }
      Path file = place.resolve(WARM_UP + OWN + NUMBERS.incrementAndGet());
      FileChannel lock = locked(file);
      return Optional.of(
          () -> {
            try {
              Files.deleteIfExists(file);
              lock.close();
            } catch (IOException e) {
              complain(e);
            }
          });
    } catch (IOException | UnsupportedOperationException e) {
      complain(e);
      return Optional.of(NOTHING);
    }
  }

  /** A load that the process did not survive. */
  private record Death(Path file, Instant began, boolean greedy) {}

  /** A load that is written down if it lasts. */
  private final class UnderWay {
    private final Path file;
    private final List<Death> deaths;
    private final List<Long> freeBefore;
    private @Nullable FileChannel lock;
    private boolean failed;
    private boolean greedy;
    private boolean ended;

    UnderWay(Path file, List<Death> deaths) {
      this.file = file;
      this.deaths = deaths;
      this.freeBefore = memory.stream().map(Meter::freeBytes).toList();
    }

    synchronized void look() {
      if (ended || failed || greedy) {
        return;
      }
      try {
        if (lock == null) {
          lock = locked(file);
        }
        if (takesMuch()) {
          greedy = true;
          var unused = lock.write(ByteBuffer.wrap(new byte[] {GREEDY}));
        }
      } catch (IOException | UnsupportedOperationException e) {
        failed = true;
        complain(e);
      }
    }

    private boolean takesMuch() {
      for (int i = 0; i < memory.size(); i++) {
        if (memory.get(i).freeBytes() < freeBefore.get(i) * SCARCE) {
          return true;
        }
      }
      return false;
    }

    synchronized void end() {
      ended = true;
      try {
        if (lock != null) {
          Files.deleteIfExists(file);
          lock.close();
        }
        for (Death death : deaths) {
          Files.deleteIfExists(death.file());
        }
      } catch (IOException e) {
        complain(e);
      }
    }
  }

  private static FileChannel locked(Path file) throws IOException {
    Path place = file.toAbsolutePath().getParent();
    if (place != null) {
      Files.createDirectories(place, PRIVATE);
    }
    // Locked before it has the name by which others look for it.
    Path unnamed = file.resolveSibling(".new-" + file.getFileName());
    FileChannel channel =
        FileChannel.open(unnamed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      // Held until the channel is closed, by the operating system when the process dies.
      var unused = channel.lock();
      Files.move(unnamed, file, StandardCopyOption.ATOMIC_MOVE);
      return channel;
    } catch (IOException | UnsupportedOperationException e) {
      channel.close();
      throw e;
    }
  }

  private void refuseWhileDangerous(ArtifactDescriptor artifact, List<Death> deaths) {
    if (deaths.isEmpty() || (deaths.size() == 1 && !deaths.get(0).greedy())) {
      return;
    }
    Duration pause = PAUSES.get(Math.min(deaths.size(), PAUSES.size()) - 1);
    Instant last = Collections.max(deaths.stream().map(Death::began).toList());
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
  private static List<Death> deaths(Path place, String digest) throws IOException {
    List<Death> deaths = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(place, digest + ".*")) {
      for (Path file : files) {
        death(file).ifPresent(deaths::add);
      }
    } catch (NotDirectoryException | NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return deaths;
  }

  /** Own files are not touched: closing another channel of one would give up its lock. */
  private static Optional<Death> death(Path file) throws IOException {
    if (String.valueOf(file.getFileName()).contains(OWN)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      // Shared, because others may look at the same moment.
      if (channel.tryLock(0, Long.MAX_VALUE, true) == null) {
        return Optional.empty();
      }
      Instant began = Files.getLastModifiedTime(file).toInstant();
      return Optional.of(new Death(file, began, channel.size() > 0));
    } catch (NoSuchFileException ended) {
      return Optional.empty();
    }
  }

  private void complain(Exception e) {
    if (complained.compareAndSet(false, true)) {
      LOG.log(System.Logger.Level.WARNING, "the journal of loads is not kept: {0}", e.toString());
    }
  }
}
