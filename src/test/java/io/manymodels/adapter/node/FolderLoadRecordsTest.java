package io.manymodels.adapter.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.loading.LoadRecords;
import io.manymodels.loading.LoadRecords.OpenRecord;
import io.manymodels.testing.LoadRecordsContract;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLoadRecordsTest extends LoadRecordsContract {
  private static final String NAME = "ab".repeat(32);

  @TempDir private Path temporary;
  private int deaths;

  private Path folder() {
    return temporary.resolve("loads");
  }

  @Override
  protected LoadRecords records() {
    return new FolderLoadRecords(folder());
  }

  @Override
  protected void abandon(String name, Instant last, boolean greedy) throws IOException {
    Files.createDirectories(folder());
    // No process has the number 0.
    Path file = folder().resolve(name + ".0." + deaths++);
    Files.writeString(file, greedy ? "m" : "");
    Files.setLastModifiedTime(file, FileTime.from(last));
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(folder())) {
      return files.count();
    }
  }

  @Test
  void aRecordIsAFileUntilItIsClosed() throws IOException {
    OpenRecord record = records().open(NAME);
    assertThat(files()).isEqualTo(1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())))
        .isEqualTo("rwx------");
    record.close();
    assertThat(files()).isZero();
  }

  /** Loads greedily until it is killed; its argument is the folder. */
  static final class Loading {
    private Loading() {}

    public static void main(String[] arguments) throws Exception {
      new FolderLoadRecords(Path.of(arguments[0])).open(NAME).markGreedy();
      System.out.println("loading");
      new CountDownLatch(1).await();
    }
  }

  @Test
  void theLoadOfAnotherProcessIsAbandonedWhenThatDies() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Loading.class.getName(),
                folder().toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.readLine()).isEqualTo("loading");
      assertThat(records().abandoned(NAME)).as("it is alive").isEmpty();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

    assertThat(records().abandoned(NAME)).singleElement().matches(load -> load.greedy());
    records().remove(records().abandoned(NAME).get(0));
    assertThat(files()).isZero();
  }

  /** By {@code LoadJournal}, which goes on without records. */
  @Test
  void whereAFileSystemHasNoLocksThatIsToldAndNothingIsLeft() throws IOException {
    LoadRecords lockless =
        new FolderLoadRecords(
            folder(),
            channel -> {
              throw new IOException("No locks available");
            });
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> lockless.open(NAME))
        .withMessage("No locks available");
    assertThat(files()).isZero();
    assertThat(lockless.abandoned(NAME)).isEmpty();
  }

  /** The first process of a container had the same number. */
  @Test
  void theRecordOfAnEarlierProcessOfTheSameNumberIsAbandoned() throws IOException {
    Files.createDirectories(folder());
    Files.createFile(folder().resolve(NAME + "." + ProcessHandle.current().pid() + ".1"));
    assertThat(records().abandoned(NAME)).hasSize(1);
  }

  @Test
  void withoutAFolderThereAreNoRecords() throws IOException {
    Files.createFile(folder());
    assertThat(records().abandoned(NAME)).isEmpty();
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> records().open(NAME));
  }
}
