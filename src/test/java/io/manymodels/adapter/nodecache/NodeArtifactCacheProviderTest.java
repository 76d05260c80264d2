package io.manymodels.adapter.nodecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactCacheProvider;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.LogLines;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeArtifactCacheProviderTest {
  private static final ArtifactCacheProvider PROVIDER = new NodeArtifactCacheProvider();

  @TempDir private Path folder;

  @Test
  void theProviderIsFoundByItsScheme() {
    assertThat(
            StreamSupport.stream(
                ServiceLoader.load(ArtifactCacheProvider.class).spliterator(), false))
        .filteredOn(found -> found.scheme().equals("file"))
        .hasExactlyElementsOfTypes(NodeArtifactCacheProvider.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?mib=1", "?mib=1048576", "/?mib=3", "//?mib=3"})
  void openingTouchesNothing(String rest) {
    try (ArtifactCache cache = PROVIDER.open(URI.create("file:" + folder + "/artifacts" + rest))) {
      assertThat(cache).isNotNull();
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whereTheFolderCannotBeMadeTheFolderForTemporaryFilesHasTheCache() throws IOException {
    Path named = Files.createFile(folder.resolve("file")).resolve("artifacts");
    byte[] bytes = Artifacts.bytes(1000, 1);
    ArtifactDescriptor artifact = Artifacts.describe(Artifacts.ref("tenant1", 1), bytes);
    Path temporary =
        Path.of(
                System.getProperty("java.io.tmpdir"),
                "many-models-cache-" + System.getProperty("user.name").replaceAll("\\W", "_"))
            .toAbsolutePath();
    try (LogLines warnings = LogLines.of(NodeArtifactCache.class, "node cache");
        ArtifactCache cache = PROVIDER.open(URI.create("file:" + named))) {
      assertThat(cache.read(artifact, () -> Optional.of(ByteBuffer.wrap(bytes)))).isPresent();
      assertThat(cache.read(artifact, Optional::empty)).isPresent();
      assertThat(warnings.messages())
          .singleElement()
          .asString()
          .startsWith("node cache: " + named + " cannot be used: ")
          .endsWith("; " + temporary + " is used instead");
    } finally {
      deleteAll(temporary);
    }
  }

  private static void deleteAll(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "memory:/a",
        "file:a",
        "file:/",
        "file://host/a",
        "file:/a%00b",
        "file:/a#b",
        "file:/a?",
        "file:/a?mib",
        "file:/a?mib=0",
        "file:/a?mib=-1",
        "file:/a?mib=1048577",
        "file:/a?mib=1&mib=2",
        "file:/a?gib=1"
      })
  void anythingElseIsRefused(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PROVIDER.open(URI.create(uri)))
        .withMessageStartingWith("expected file:/absolute/folder?mib=256");
  }
}
