package io.manymodels.adapter.node;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.manymodels.adapter.node.MappedRunJournal.Owner;
import io.manymodels.holding.RunJournal;
import io.manymodels.holding.RunJournals;
import io.manymodels.routing.Postmortem;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@link MappedRunJournal}s in a folder that the replicas of a node share and no other user may
 * read: a file of 57 KiB a replica, removed an hour or more after its process has ended.
 */
public final class NodeRunJournals implements RunJournals {
  private static final System.Logger LOG = System.getLogger(NodeRunJournals.class.getName());
  private static final Duration KEPT = Duration.ofHours(1);

  private final Path folder;
  private final List<Path> crashReports;
  private final Path proc;

  /** In the folder for temporary files. */
  public NodeRunJournals() {
    this(
        PrivateFolder.path("many-models-runs"),
        CrashReport.candidates(
            errorFile(),
            Path.of(System.getProperty("user.dir", ".")).toAbsolutePath(),
            Path.of(System.getProperty("java.io.tmpdir", "/tmp")).toAbsolutePath(),
            ProcessHandle.current().pid()),
        Path.of("/proc"));
  }

  NodeRunJournals(Path folder, List<Path> crashReports, Path proc) {
    this.folder = folder;
    this.crashReports = List.copyOf(crashReports);
    this.proc = proc;
  }

  private static String errorFile() {
    HotSpotDiagnosticMXBean bean =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    return bean == null ? "" : bean.getVMOption("ErrorFile").getValue();
  }

  @Override
  public RunJournal open(String replica) {
    try {
      PrivateFolder.create(folder);
      removeOld();
      Owner owner = new Owner(ProcessHandle.current().pid(), Ticker.SYSTEM.now(), crashReports);
      return MappedRunJournal.create(path(replica), owner, proc);
    } catch (IOException | UnsupportedOperationException e) {
      LOG.log(System.Logger.Level.WARNING, "no journal of predictions is kept: {0}", e.toString());
      return RunJournal.NONE;
    }
  }

  private void removeOld() {
    Instant old = Ticker.SYSTEM.now().minus(KEPT);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      files.forEach(file -> removeIfOld(file, old));
    } catch (IOException | DirectoryIteratorException e) {
      LOG.log(System.Logger.Level.DEBUG, "removing old journals: {0}", e.toString());
    }
  }

  private static void removeIfOld(Path file, Instant old) {
    try {
      if (Files.getLastModifiedTime(file).toInstant().isBefore(old) && !isInUse(file)) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // Most likely another replica, which starts at the same time, has renamed or removed it.
      LOG.log(System.Logger.Level.DEBUG, "removing an old journal: {0}", e.toString());
    }
  }

  private static boolean isInUse(Path file) {
    try {
      return ProcessHandle.of(MappedRunJournal.read(file).owner().pid()).isPresent();
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  @Override
  public Optional<Postmortem> read(String replica) {
    try {
      MappedRunJournal.Content content = MappedRunJournal.read(path(replica));
      return Optional.of(postmortem(content));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "reading what {0} left behind: {1}", replica, e);
      return Optional.empty();
    }
  }

  private static Postmortem postmortem(MappedRunJournal.Content content) throws IOException {
    OptionalInt crashed = OptionalInt.empty();
    for (Path report : content.owner().crashReports()) {
      if (crashed.isEmpty()) {
        crashed = CrashReport.thread(report, content.owner().since());
      }
    }
    int thread = crashed.orElse(0);
    Optional<RunningPrediction> culprit =
        content.running().stream()
            .filter(running -> running.thread() == thread)
            .map(MappedRunJournal.Running::prediction)
            .findFirst();
    List<RunningPrediction> others =
        content.running().stream()
            .filter(running -> running.thread() != thread)
            .map(MappedRunJournal.Running::prediction)
            .toList();
    return new Postmortem(culprit, others);
  }

  /** Names of replicas hold characters that names of files should not. */
  private Path path(String replica) {
    return folder.resolve(replica.replaceAll("[^A-Za-z0-9_-]", "_") + ".runs");
  }
}
