package io.manymodels.adapter.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.testing.PlacementStoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private static void assertUnavailable(Runnable call) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .withMessageNotContainingAny("/tmp", "\n")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }
}
