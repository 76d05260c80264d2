package io.manymodels.adapter.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSystemTest {
  @TempDir private Path folder;

  /** Refuses every rename, and counts. */
  private static final class Held extends FolderSystem {
    private final AtomicInteger renames = new AtomicInteger();

    Held(boolean posix) {
      super(posix);
    }

    @Override
    void renameNow(Path from, Path to) throws IOException {
      renames.incrementAndGet();
      throw new AccessDeniedException(to.toString());
    }
  }

  @Test
  void aFolderIsForcedToDiskWhereItCanBeOpened() throws IOException {
    new FolderSystem().force(folder);
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> new FolderSystem().force(folder.resolve("none")));
    new FolderSystem(false).force(folder.resolve("none"));
  }

  @Test
  void onlyWindowsRefusesARenameForMoments() {
    Held linux = new Held(true);
    assertThatExceptionOfType(AccessDeniedException.class)
        .isThrownBy(() -> linux.rename(folder, folder.resolveSibling("b")));
    assertThat(linux.renames).hasValue(1);
    Held windows = new Held(false);
    assertThatExceptionOfType(AccessDeniedException.class)
        .isThrownBy(() -> windows.rename(folder, folder.resolveSibling("b")));
    assertThat(windows.renames).hasValue(40);
  }

  @Test
  void aRenameReplacesWhatIsThere() throws IOException {
    Path one = Files.writeString(folder.resolve("one"), "1");
    Path other = Files.writeString(folder.resolve("other"), "2");
    new WindowsFolders().rename(one, other);
    assertThat(other).hasContent("1");
    assertThat(one).doesNotExist();
  }
}
