package io.manymodels.adapter.node;

import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.holding.RunJournal;
import io.manymodels.json.RowsJson;
import io.manymodels.routing.Postmortem;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.tensor.Rows;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeRunJournalsTest {
  private static final Rows TRAP = RowsJson.read("{\"data\": [[-9223372036854775808, -1]]}");
  private static final RunningPrediction INNOCENT =
      new RunningPrediction(ref("innocent", 9), CrashingReplica.INNOCENT.fingerprint());

  @TempDir Path temporary;
  private NodeRunJournals journals;

  @BeforeEach
  void open() throws IOException {
    String user = System.getProperty("user.name").replaceAll("\\W", "_");
    journals = at(temporary.resolve("many-models-runs-" + user));
  }

  private static NodeRunJournals at(Path folder) {
    return new NodeRunJournals(folder, List.of(), Path.of("/proc"));
  }

  /** A JVM of its own in {@link #temporary}, whose output begins with a line when it predicts. */
  private Process start(String... arguments) throws IOException {
    return start(List.of(), arguments);
  }

  private Process start(List<String> options, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx64m",
                "-Xshare:auto",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                classPath()));
    command.addAll(options);
    command.add(CrashingReplica.class.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(temporary.toFile()).redirectErrorStream(true);
    builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
    return builder.start();
  }

  /** Absolute, because the other process has another working directory. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static void awaitEnd(Process process) throws Exception {
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isNotZero();
  }

  @Test
  void aProcessThatItsOwnPredictionEndedTellsWhichOne() throws Exception {
    awaitEnd(start("integer_division", String.valueOf(Long.MIN_VALUE), "-1"));

    assertThat(journals.read("replica#1"))
        .contains(
            new Postmortem(
                Optional.of(new RunningPrediction(ref("guilty", 3), TRAP.fingerprint())),
                List.of(INNOCENT)));
  }

  /** As on macOS and Windows, whose crash reports number threads as nobody else does. */
  @Test
  void withoutNumbersOfThreadsAllThatRanIsNamedAndNobodyAccused() throws Exception {
    awaitEnd(
        start(
            List.of("-D" + CrashingReplica.PROC + "=" + temporary.resolve("none")),
            "integer_division",
            String.valueOf(Long.MIN_VALUE),
            "-1"));

    Postmortem postmortem = journals.read("replica#1").orElseThrow();
    assertThat(postmortem.crashed()).isEmpty();
    assertThat(postmortem.running())
        .containsExactlyInAnyOrder(
            new RunningPrediction(ref("guilty", 3), TRAP.fingerprint()), INNOCENT);
  }

  @Test
  void whereFilesCannotBeMappedNoJournalIsKept() throws IOException {
    try (FileSystem zip =
        FileSystems.newFileSystem(temporary.resolve("files.zip"), Map.of("create", "true"))) {
      assertThat(at(zip.getPath("/runs")).open("a")).isSameAs(RunJournal.NONE);
    }
  }

  @Test
  void aJournalThatCannotBePutInPlaceLeavesNoFile() throws IOException {
    Path folder = temporary.resolve("runs");
    Files.createDirectories(folder.resolve("a.runs/in-the-way"));
    assertThat(at(folder).open("a")).isSameAs(RunJournal.NONE);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve("a.runs"));
    }
  }

  @Test
  void aProcessThatIsKilledTellsWhatItWasRunning() throws Exception {
    Process process = start("loop_of_row", "9e15");
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.readLine()).isEqualTo("predicting");
      process.destroyForcibly();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    Rows endless = Rows.matrix(1, 1, new double[] {9e15});
    assertThat(journals.read("replica#1").orElseThrow().crashed()).isEmpty();
    assertThat(journals.read("replica#1").orElseThrow().running())
        .containsExactlyInAnyOrder(
            new RunningPrediction(ref("guilty", 3), endless.fingerprint()), INNOCENT);
  }

  @Test
  void whatHasEndedLeavesNoTrace() {
    RunJournal journal = journals.open("a");
    int first = journal.begin(ref("tenant1", 1), TRAP);
    int second = journal.begin(ref("t".repeat(128), 2), TRAP);
    journal.end(first);
    assertThat(journals.read("a").orElseThrow().running())
        .containsExactly(new RunningPrediction(ref("t".repeat(128), 2), TRAP.fingerprint()));
    journal.end(second);
    assertThat(journals.read("a").orElseThrow().running()).isEmpty();
  }

  @Test
  void morePredictionsThanThereIsRoomForAreRunUnrecorded() {
    RunJournal journal = journals.open("a");
    List<Integer> entries =
        Stream.generate(() -> journal.begin(ref("tenant1", 1), TRAP)).limit(300).toList();
    assertThat(journals.read("a").orElseThrow().running()).hasSize(256);
    entries.forEach(journal::end);
    assertThat(journals.read("a").orElseThrow().running()).isEmpty();
  }

  /** Another replica renames and removes files of the folder while this one cleans it. */
  @Test
  void aFileThatVanishesWhileItIsCleanedCostsNoJournal() throws IOException {
    RunJournal unused = journals.open("first");
    try (Stream<Path> folders = Files.list(temporary)) {
      for (Path folder : folders.toList()) {
        Files.createSymbolicLink(folder.resolve(".new-gone.runs"), Path.of("renamed"));
      }
    }
    journals.open("second").begin(ref("tenant1", 1), TRAP);
    assertThat(journals.read("second").orElseThrow().running()).hasSize(1);
  }

  @Test
  void nothingIsKnownOfAStranger() throws IOException {
    assertThat(journals.read("never")).isEmpty();
    RunJournal unused = journals.open("a");
    try (Stream<Path> files = Files.walk(temporary)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.write(file, new byte[100]);
      }
    }
    assertThat(journals.read("a")).isEmpty();
  }

  @Test
  void withoutAFolderThereIsNoJournal() throws IOException {
    Path file = Files.createFile(temporary.resolve("file"));
    assertThat(at(file).open("a")).isSameAs(RunJournal.NONE);
  }

  @Test
  void aReportOfAnEarlierProcessOfTheSameNumberIsNotTaken() throws IOException {
    Path report = temporary.resolve("hs_err_pid7.log");
    Files.writeString(
        report,
        "# SIGFPE\nCurrent thread (0x0f):  JavaThread \"lane [1]\" daemon [_thread_in_native,"
            + " id=3618, stack(0x00007f450c2fd000,0x00007f450c3fd000)]\n");
    Instant now = Files.getLastModifiedTime(report).toInstant();
    assertThat(CrashReport.thread(report, now.minusSeconds(1))).hasValue(3618);
    assertThat(CrashReport.thread(report, now.plusSeconds(1))).isEmpty();
    assertThat(CrashReport.thread(temporary.resolve("none"), now)).isEmpty();
    Files.writeString(report, "Current thread (0x0f):  JavaThread \"a\" [id=8589934592, stack(0)]");
    assertThat(CrashReport.thread(report, now.minusSeconds(1)))
        .as("a number of another system")
        .isEmpty();
  }

  @Test
  void aReportMayBeAnywhereTheJvmPutsIt() {
    assertThat(CrashReport.candidates("", Path.of("/work"), Path.of("/var/folders/x"), 7))
        .containsExactly(
            Path.of("/work/hs_err_pid7.log"),
            Path.of("/tmp/hs_err_pid7.log"),
            Path.of("/var/folders/x/hs_err_pid7.log"));
    assertThat(CrashReport.candidates("logs/crash-%p.txt", Path.of("/work"), Path.of("/tmp"), 7))
        .containsExactly(
            Path.of("/work/logs/crash-7.txt"),
            Path.of("/work/hs_err_pid7.log"),
            Path.of("/tmp/hs_err_pid7.log"));
  }
}
