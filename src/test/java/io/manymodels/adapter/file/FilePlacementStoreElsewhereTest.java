package io.manymodels.adapter.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementStore;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.PlacementStoreContract;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The store where folders cannot be opened, renames are refused at first, and nothing is locked.
 */
class FilePlacementStoreElsewhereTest extends PlacementStoreContract {
  @TempDir private Path folder;
  private PlacementStore store;

  /** Files that cannot be locked; or, if {@code some} can, all but the store's. */
  private static final class Lockless extends FolderSystem {
    private final AtomicInteger renames = new AtomicInteger();
    private final boolean some;

    Lockless(boolean some) {
      super(false);
      this.some = some;
    }

    @Override
    FileLock lock(FileChannel file) throws IOException {
      throw new IOException("No locks available");
    }

    @Override
    @Nullable FileLock tryLock(FileChannel file) throws IOException {
      return some ? super.tryLock(file) : lock(file);
    }

    @Override
    void renameNow(Path from, Path to) throws IOException {
      if (renames.incrementAndGet() % 2 == 1) {
        throw new AccessDeniedException(to.toString());
      }
      super.renameNow(from, to);
    }
  }

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
    return at(new Lockless(false));
  }

  private PlacementStore at(FolderSystem system) {
    return new FilePlacementStore(folder.resolve("state"), system);
  }

  @Test
  void thatNothingIsLockedIsToldOnce() throws IOException {
    try (LogLines warnings = LogLines.of(FolderLocks.class, "has no locks")) {
      assertThat(store.startTerm()).isEqualTo(1);
      assertThat(store.startTerm()).isEqualTo(2);
      assertThat(warnings.messages())
          .containsExactly(
              folder.resolve("state")
                  + ": its file system has no locks (No locks available); let no two processes"
                  + " change it at a time");
    }
    try (Stream<Path> files = Files.list(folder.resolve("state"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("lock", "term");
    }
  }

  @Test
  void whereOtherFilesCanBeLockedTheStoreIsNotUsedWithoutItsLock() {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> at(new Lockless(true)).startTerm())
        .withMessage("the placement state cannot be read or written (No locks available)");
  }
}
