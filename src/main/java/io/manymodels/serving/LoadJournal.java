package io.manymodels.serving;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which models the processes of this node are loading now, in a folder that they share: a file for
 * each load, which only a process that dies leaves behind. So a model that kills whoever loads it,
 * because it takes more memory than there is or crashes native code, kills one replica and not the
 * next one that is asked: it is refused for a time that grows with every death. Thread-safe.
 *
 * <p>A process that is killed for another reason leaves the files of its loads too; then these
 * models wait for the shortest time, if nobody holds them.
 */
public final class LoadJournal {
  private static final System.Logger LOG = System.getLogger(LoadJournal.class.getName());

  /** After one death, after two, and after more. */
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10));

  private static final Entry NOTHING = () -> {};
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final Optional<Path> folder;
  private final Ticker ticker;
  private final String own = suffix(ProcessHandle.current());
  private final AtomicBoolean complained = new AtomicBoolean();

  private LoadJournal(Optional<Path> folder, Ticker ticker) {
    this.folder = folder;
    this.ticker = ticker;
  }

  /** A load under way; its end says that the process has survived. */
  interface Entry {
    void end();
  }

  /** For tests and tools, where no other process takes part. */
  static LoadJournal none() {
    return new LoadJournal(Optional.empty(), Ticker.SYSTEM);
  }

  /** In the folder, which is made when it is first needed. Without it, models load all the same. */
  public static LoadJournal in(Path folder, Ticker ticker) {
    return new LoadJournal(Optional.of(folder), ticker);
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
    try {
      Files.createDirectories(
          place,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      List<Path> deaths = deaths(place, digest);
      refuseWhileDangerous(artifact, deaths);
      Path file = place.resolve(digest + own + "." + NUMBERS.incrementAndGet());
      Files.createFile(file);
      return () -> end(file, deaths);
    } catch (IOException | UnsupportedOperationException e) {
      complain(e);
      return NOTHING;
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
        if (!isAlive(String.valueOf(file.getFileName()))) {
          deaths.add(file);
        }
      }
    }
    return deaths;
  }

  private void end(Path file, List<Path> deaths) {
    try {
      Files.deleteIfExists(file);
      for (Path death : deaths) {
        Files.deleteIfExists(death);
      }
    } catch (IOException e) {
      complain(e);
    }
  }

  private void complain(Exception e) {
    if (complained.compareAndSet(false, true)) {
      LOG.log(System.Logger.Level.WARNING, "the journal of loads is not kept: {0}", e.toString());
    }
  }

  /** What tells a process from a later one with the same number. */
  static String suffix(ProcessHandle process) {
    long started = process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    return "." + process.pid() + "." + started;
  }

  private static boolean isAlive(String fileName) {
    String[] parts = fileName.split("\\.", -1);
    if (parts.length < 3) {
      return true;
    }
    try {
      return ProcessHandle.of(Long.parseLong(parts[1]))
          .map(process -> suffix(process).equals("." + parts[1] + "." + parts[2]))
          .orElse(false);
    } catch (NumberFormatException notOurs) {
      return true;
    }
  }
}
