package io.manymodels.adapter.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.PlacementStoreContract;
import io.manymodels.testing.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilePlacementStoreTest extends PlacementStoreContract {
  @TempDir private Path folder;
  private PlacementStore store;

  @BeforeEach
  void open() {
    store = reopened();
  }

  @Override
  protected PlacementStore store() {
    return store;
  }

  @Override
  protected PlacementStore reopened() {
    return new FilePlacementStoreProvider().open(folder.resolve("state").toUri());
  }

  @Test
  void whatACrashLeftHalfWrittenIsNotRead() throws IOException {
    long term = store.startTerm();
    assertThat(store.write(term, PlacementState.EMPTY)).isTrue();
    Files.writeString(folder.resolve("state/placement.json.new"), "{\"pins\":{");
    Files.writeString(folder.resolve("state/term.new"), "");
    assertThat(reopened().read()).isEqualTo(PlacementState.EMPTY);
    assertThat(reopened().startTerm()).isEqualTo(term + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{\"pins\":{\"../x\":\"D\"},\"declared\":{}}"})
  void brokenStateIsNeverTakenForAnEmptyOne(String text) throws IOException {
    assertThat(store.startTerm()).isEqualTo(1);
    Files.writeString(folder.resolve("state/placement.json"), text);
    assertUnavailable(store::read);
  }

  @Test
  void aBrokenTermStopsEveryWriter() throws IOException {
    long term = store.startTerm();
    Files.writeString(folder.resolve("state/term"), "x");
    assertUnavailable(store::startTerm);
    assertUnavailable(() -> store.write(term, PlacementState.EMPTY));
  }

  @Test
  void aFolderThatCannotBeMadeIsAnOutage() throws IOException {
    Files.writeString(folder.resolve("state"), "a file");
    assertUnavailable(store::startTerm);
    assertUnavailable(store::read);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "no gzip"})
  void aDamagedMemoryIsLoggedAndIgnored(String text) throws IOException {
    long term = store.startTerm();
    assertThat(store.write(term, Samples.state())).isTrue();
    Files.writeString(folder.resolve("state/remembered.json.gz"), text);
    assertIgnored();
    assertThat(store.remember(term, Samples.remembered())).isTrue();
    assertThat(reopened().remembered()).contains(Samples.remembered());
  }

  /** After a power failure, on a file system that writes names before bytes. */
  @Test
  void aMemoryThatWasCutOffIsLoggedAndIgnored() throws IOException {
    long term = store.startTerm();
    assertThat(store.write(term, Samples.state())).isTrue();
    assertThat(store.remember(term, Samples.remembered())).isTrue();
    Path file = folder.resolve("state/remembered.json.gz");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 20) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertIgnored();
    }
  }

  private void assertIgnored() {
    try (LogLines log = LogLines.of(FilePlacementStore.class, "ignored")) {
      assertThat(reopened().remembered()).isEmpty();
      assertThat(log.messages()).hasSize(1);
      assertThat(log.hasStackTrace()).isFalse();
    }
    assertThat(reopened().read()).isEqualTo(Samples.state());
  }

  @Test
  void aNewTermRemovesWhatAKilledOwnerWasAboutToRemember() throws IOException {
    long term = store.startTerm();
    assertThat(store.remember(term, Samples.remembered())).isTrue();
    Path leftover = folder.resolve("state/remembered.json.gz." + term + ".new");
    Files.writeString(leftover, "half of it");
    assertThat(reopened().startTerm()).isEqualTo(term + 1);
    assertThat(leftover).doesNotExist();
    assertThat(store.remember(term, RememberedPlacement.NOTHING)).isFalse();
    assertThat(leftover).doesNotExist();
    assertThat(store.remembered()).contains(Samples.remembered());
  }

  @Test
  void whatCannotBeWrittenLeavesNothingBehind() throws IOException {
    long term = store.startTerm();
    Files.createDirectories(folder.resolve("state/remembered.json.gz/in the way"));
    assertUnavailable(() -> store.remember(term, Samples.remembered()));
    assertUnavailable(store::remembered);
    assertThat(folder.resolve("state/remembered.json.gz." + term + ".new")).doesNotExist();
    assertThat(store.write(term, Samples.state())).isTrue();
  }

  private static void assertUnavailable(Runnable call) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .withMessageNotContainingAny("/tmp", "\n")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }
}
