package io.manymodels.adapter.nodecache;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderPrivacyTest {
  private static final int OTHER_USER = 12_345;
  private static final Path NO_PROC = Path.of("/none/self");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void withoutProcOrWithoutOwnersACacheWorks(boolean posix) {
    CacheFolder root =
        new CacheFolder(
            folder.resolve("a/cache"), new FolderPrivacy(posix, NO_PROC), Ledger.Locks.OF_SYSTEM);
    byte[] bytes = bytes(2_000_000, 1);
    for (int process = 0; process < 2; process++) {
      int ended = process;
      try (NodeArtifactCache cache =
          new NodeArtifactCache(List.of(root), 20 << 20, Duration.ofSeconds(5), Ticker.SYSTEM)) {
        assertThat(
                cache.read(
                    describe(ref("tenant1", 1), bytes),
                    () -> ended == 0 ? Optional.of(ByteBuffer.wrap(bytes)) : Optional.empty()))
            .isPresent();
        assertThat(cache.counts().failures()).isZero();
      }
    }
  }

  /** As on macOS. */
  @Test
  void withoutProcAnotherUsersFolderIsFoundOut() throws IOException {
    FolderPrivacy privacy = new FolderPrivacy(true, NO_PROC);
    Path own = Files.createDirectory(folder.resolve("own"));
    privacy.requireParent(own);
    privacy.require(own);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own)))
        .isEqualTo("rwx------");
    assumeTrue(canGiveAway(own), "only root can give a folder to another user");
    assertThatExceptionOfType(ForeignFolderException.class)
        .isThrownBy(() -> privacy.requireParent(own));
    assertThatExceptionOfType(ForeignFolderException.class).isThrownBy(() -> privacy.require(own));
  }

  private static boolean canGiveAway(Path path) {
    try {
      Files.setAttribute(path, "unix:uid", OTHER_USER);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
