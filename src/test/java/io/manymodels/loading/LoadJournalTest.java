package io.manymodels.loading;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.Eventually;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadJournalTest {
  private static final ArtifactDescriptor ARTIFACT = describe(ref("tenant1", 1), new byte[] {1});
  private static final ArtifactDescriptor OTHER = describe(ref("tenant2", 1), new byte[] {2});

  @TempDir private Path temporary;
  private int deaths;

  private Path folder() {
    return temporary.resolve("loads");
  }

  private LoadJournal journal() {
    return journal(Duration.ZERO);
  }

  private LoadJournal journal(Duration soon, MemoryGuard.Meter... memory) {
    return LoadJournal.in(folder(), soon, List.of(memory), Ticker.SYSTEM);
  }

  private List<Path> files() {
    if (Files.notExists(folder())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder())) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a process that ended in the middle of a load has left, so long ago. */
  private Path death(Duration ago) throws Exception {
    return death(ago, "m");
  }

  private Path death(Duration ago, String content) throws Exception {
    Files.createDirectories(folder());
    Path file = folder().resolve(ARTIFACT.digest().hex() + ".0." + deaths++);
    Files.writeString(file, content);
    Files.setLastModifiedTime(file, FileTime.from(Ticker.SYSTEM.now().minus(ago)));
    return file;
  }

  private static void assertRefused(LoadJournal journal, String part) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> journal.begin(ARTIFACT))
        .withMessageContaining(part)
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.LOAD_FAILED);
  }

  @Test
  void aLoadThatEndsLeavesNothing() {
    LoadJournal journal = journal();
    LoadJournal.Entry first = journal.begin(ARTIFACT);
    LoadJournal.Entry second = journal().begin(ARTIFACT);
    Eventually.holds("both are written down", () -> files().size() == 2);
    journal.begin(ARTIFACT).close();
    first.close();
    second.close();
    Eventually.holds("none is left", () -> files().isEmpty());
  }

  @Test
  void aLoadThatEndsSoonIsNotWrittenDown() {
    LoadJournal journal = journal(Duration.ofMinutes(1));
    LoadJournal.Entry load = journal.begin(ARTIFACT);
    assertThat(files()).isEmpty();
    load.close();
  }

  /** Loads until it is killed; its argument is the folder. */
  static final class Loading {
    private Loading() {}

    public static void main(String[] arguments) throws InterruptedException {
      LoadJournal.in(Path.of(arguments[0]), Duration.ZERO, List.of(), Ticker.SYSTEM)
          .begin(ARTIFACT);
      new CountDownLatch(1).await();
    }
  }

  @Test
  void aProcessThatLoadsIsNoDangerUntilItDies() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Loading.class.getName(),
                folder().toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      Eventually.holds("it loads", () -> named().size() == 1);
      journal().begin(ARTIFACT).close();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    // It may have died of something else; of two deaths that is not believed.
    death(Duration.ofSeconds(2), "");
    assertRefused(journal(), "(2 in all)");
  }

  @Test
  void whoFollowsOneThatDidNotSurviveItsWarmUpStartsCold() throws Exception {
    LoadJournal.Entry underWay = journal().beginWarmUp().orElseThrow();
    assertThat(files()).hasSize(1);
    LoadJournal.Entry another = journal().beginWarmUp().orElseThrow();
    another.close();
    underWay.close();
    assertThat(files()).isEmpty();
    Files.writeString(folder().resolve("warm-up.0.1"), "");

    assertThat(journal().beginWarmUp()).isEmpty();

    assertThat(files()).as("the next one tries again").isEmpty();
    journal().beginWarmUp().orElseThrow().close();
  }

  @Test
  void aWarmUpRefusesWhatIsDangerousAndWritesNoLoadDown() throws Exception {
    journal().refuseIfDangerous(ARTIFACT).close();
    assertThat(files()).isEmpty();
    death(Duration.ofSeconds(2));
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> journal().refuseIfDangerous(ARTIFACT));
  }

  @Test
  void oneDeathIsNoReasonWhereTheMemoryHadNotShrunk() throws Exception {
    Path death = death(Duration.ofSeconds(2), "");

    journal().begin(ARTIFACT).close();

    assertThat(death).doesNotExist();
  }

  /** Memory of which so much is free. */
  private static final class Memory implements MemoryGuard.Meter {
    private volatile long free = 1_000;

    @Override
    public long limitBytes() {
      return 1_000;
    }

    @Override
    public long freeBytes() {
      return free;
    }

    @Override
    public void reclaim() {}
  }

  @Test
  void aLoadThatTakesMuchOfTheMemoryIsMarked() throws Exception {
    Memory memory = new Memory();
    LoadJournal.Entry load = journal(Duration.ofMillis(1), memory).begin(ARTIFACT);
    memory.free = 800;
    Eventually.holds("it is written down", () -> named().size() == 1);
    assertThat(named().get(0)).isEmptyFile();

    memory.free = 700;

    Eventually.holds("it is marked", () -> named().get(0).toFile().length() == 1);
    load.close();
    assertThat(files()).isEmpty();
  }

  /** Files have another name before they are locked. */
  private List<Path> named() {
    String digest = ARTIFACT.digest().hex();
    return files().stream()
        .filter(file -> file.getFileName().toString().startsWith(digest))
        .toList();
  }

  @Test
  void whatKilledAReplicaIsRefusedForAWhile() throws Exception {
    death(Duration.ofSeconds(2));

    assertRefused(
        journal(), "model tenant1/1: a replica died while it loaded this model (1 in all)");
    journal().begin(OTHER).close();
  }

  @Test
  void afterThePauseItIsTriedAgainAndForgottenWhenThatGoesWell() throws Exception {
    Path death = death(Duration.ofSeconds(11));

    journal().begin(ARTIFACT).close();

    assertThat(death).doesNotExist();
    journal().begin(ARTIFACT).close();
  }

  @Test
  void thePauseGrowsWithEveryDeath() throws Exception {
    death(Duration.ofSeconds(30));
    death(Duration.ofSeconds(20));
    assertRefused(journal(), "(2 in all); it is tried again in 4");
    death(Duration.ofSeconds(400));
    assertRefused(journal(), "(3 in all); it is tried again in 5");
  }

  @Test
  void aClockThatWasSetBackDoesNotLengthenThePause() throws Exception {
    death(Duration.ofHours(-1));

    journal().begin(ARTIFACT).close();
  }

  @Test
  void withoutTheFolderModelsLoadAllTheSame() throws Exception {
    Files.createFile(folder());

    journal().begin(ARTIFACT).close();
    LoadJournal.none().begin(ARTIFACT).close();
  }
}
