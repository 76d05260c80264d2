package io.manymodels.adapter.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFolderTest {
  @TempDir private Path temporary;

  @Test
  void nobodyElseMayEnter() throws IOException {
    Path folder = temporary.resolve("a/b");
    PrivateFolder.create(folder);
    PrivateFolder.create(folder);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
  }

  @Test
  void whereThereAreNoPermissionsItIsAFolderLikeOthers() throws IOException {
    try (FileSystem zip =
        FileSystems.newFileSystem(temporary.resolve("files.zip"), Map.of("create", "true"))) {
      Path folder = zip.getPath("/a/b");
      PrivateFolder.create(folder);
      PrivateFolder.create(folder);
      assertThat(folder).isEmptyDirectory();
    }
  }
}
