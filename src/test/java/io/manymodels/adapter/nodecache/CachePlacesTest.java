package io.manymodels.adapter.nodecache;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.LogLines;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a cache does when the folder that it was given is not there, not its own, or too small. */
class CachePlacesTest {
  private static final long BOUND_BYTES = 64 << 20;
  private static final byte[] BYTES = bytes(1000, 1);
  private static final ArtifactDescriptor ARTIFACT = describe(ref("tenant1", 1), BYTES);

  @TempDir private Path folder;
  private final FakeTicker ticker = new FakeTicker();
  private final LogLines warnings = LogLines.of(NodeArtifactCache.class, "node cache");
  private Path fallback;

  @BeforeEach
  void name() {
    fallback = folder.resolve("temporary/cache");
  }

  @AfterEach
  void endOfTheLog() {
    warnings.close();
  }

  private NodeArtifactCache cache(Path... folders) {
    return cache(Stream.of(folders).map(CacheFolder::new).toList());
  }

  private NodeArtifactCache cache(List<CacheFolder> folders) {
    return new NodeArtifactCache(folders, BOUND_BYTES, Duration.ofSeconds(5), ticker);
  }

  private static boolean caches(NodeArtifactCache cache) {
    Optional<ByteBuffer> first = cache.read(ARTIFACT, () -> Optional.of(ByteBuffer.wrap(BYTES)));
    assertThat(first).isPresent();
    return cache.read(ARTIFACT, Optional::empty).isPresent();
  }

  private Path fileInTheWay(String name) throws IOException {
    return Files.createFile(folder.resolve(name)).resolve("cache");
  }

  @Test
  void aFolderThatCanBeUsedIs() {
    Path named = folder.resolve("named");
    try (NodeArtifactCache cache = cache(named, fallback)) {
      assertThat(caches(cache)).isTrue();
      assertThat(cache.counts().failures()).isZero();
    }
    assertThat(named).isNotEmptyDirectory();
    assertThat(fallback).doesNotExist();
    assertThat(warnings.messages()).isEmpty();
  }

  @Test
  void aFolderThatCannotBeMadeIsReplacedWithOneWarning() throws IOException {
    Path named = fileInTheWay("file");
    try (NodeArtifactCache cache = cache(named, fallback)) {
      assertThat(caches(cache)).isTrue();
      ticker.advance(Duration.ofMinutes(5));
      assertThat(caches(cache)).isTrue();
      assertThat(cache.counts().failures()).isEqualTo(1);
    }
    assertThat(warnings.messages())
        .containsExactly(
            "node cache: "
                + named
                + " cannot be used: FileAlreadyExistsException "
                + named.getParent()
                + "; "
                + fallback
                + " is used instead");
  }

  @Test
  void withoutAnyFolderModelsLoadWithOneWarning() throws IOException {
    Path named = fileInTheWay("file");
    Path other = fileInTheWay("other");
    try (NodeArtifactCache cache = cache(named, other)) {
      for (int minutes = 0; minutes < 5; minutes++) {
        assertThat(caches(cache)).isFalse();
        ticker.advance(Duration.ofMinutes(1));
      }
    }
    assertThat(warnings.messages())
        .containsExactly(
            "node cache: "
                + named
                + " cannot be used: FileAlreadyExistsException "
                + named.getParent()
                + "; "
                + other
                + " cannot be used: FileAlreadyExistsException "
                + other.getParent()
                + "; models load without it");
  }

  @Test
  void aLinkIsReplacedToo() throws IOException {
    Path named = Files.createSymbolicLink(folder.resolve("link"), folder);
    try (NodeArtifactCache cache = cache(named, fallback)) {
      assertThat(caches(cache)).isTrue();
    }
    assertThat(warnings.messages())
        .singleElement()
        .asString()
        .startsWith("node cache: " + named + " is not used: it is a link or a file; ");
  }

  @Test
  void whereFilesCannotBeMappedModelsLoadWithout() throws IOException {
    try (FileSystem zip =
        FileSystems.newFileSystem(folder.resolve("files.zip"), Map.of("create", "true"))) {
      CacheFolder unmapped =
          new CacheFolder(
              zip.getPath("/cache"),
              new FolderPrivacy(false, Path.of("/none")),
              Ledger.Locks.OF_SYSTEM);
      try (NodeArtifactCache cache = cache(List.of(unmapped))) {
        assertThat(caches(cache)).isFalse();
        assertThat(caches(cache)).isFalse();
      }
      try (NodeArtifactCache cache = cache(List.of(unmapped, new CacheFolder(fallback)))) {
        assertThat(caches(cache)).isTrue();
      }
    }
    assertThat(warnings.messages())
        .satisfiesExactly(
            first -> assertThat(first).endsWith("; models load without it"),
            second -> assertThat(second).endsWith("; " + fallback + " is used instead"));
  }

  @Test
  void whereNothingCanBeLockedTheNextFolderIsUsed() {
    CacheFolder lockless =
        new CacheFolder(
            folder.resolve("named"),
            new FolderPrivacy(),
            (file, position) -> {
              throw new IOException("No locks available");
            });
    try (NodeArtifactCache cache = cache(List.of(lockless, new CacheFolder(fallback)))) {
      assertThat(caches(cache)).isTrue();
    }
    assertThat(warnings.messages())
        .containsExactly(
            "node cache: "
                + folder.resolve("named")
                + " cannot be used: No locks available; "
                + fallback
                + " is used instead");
  }

  /** As the 64 MiB that a container has at /dev/shm. */
  @Test
  void aFileSystemThatIsSmallerThanTheCacheIsOnlyTakenForWantOfAnother() throws Exception {
    Path small = mounted("-o", "size=16m");
    try {
      try (NodeArtifactCache cache = cache(small.resolve("cache"), fallback)) {
        assertThat(caches(cache)).isTrue();
      }
      assertThat(warnings.messages())
          .containsExactly(
              "node cache: "
                  + small.resolve("cache")
                  + " cannot be used: its file system has 16 MiB, which are less than the 64 MiB of"
                  + " the cache; "
                  + fallback
                  + " is used instead");
      try (NodeArtifactCache cache = cache(fileInTheWay("file"), small.resolve("cache"))) {
        assertThat(caches(cache)).isTrue();
      }
    } finally {
      assertThat(run("umount", "--lazy", small.toString())).isZero();
    }
  }

  @Test
  void aFileSystemThatTakesNoFileIsReplaced() throws Exception {
    for (String options : List.of("ro", "size=64m,nr_inodes=1")) {
      Path mount = mounted("-o", options);
      try (NodeArtifactCache cache = cache(mount.resolve("cache"), fallback)) {
        assertThat(caches(cache)).isTrue();
      } finally {
        assertThat(run("umount", "--lazy", mount.toString())).isZero();
      }
    }
    assertThat(warnings.messages())
        .satisfiesExactly(
            first -> assertThat(first).contains("cannot be used: Read-only file system; "),
            second -> assertThat(second).contains("cannot be used: No space left on device; "));
  }

  private Path mounted(String... options) throws Exception {
    Path mount = Files.createTempDirectory(folder, "mount");
    String[] command =
        Stream.of(
                Stream.of("mount", "-t", "tmpfs"),
                Stream.of(options),
                Stream.of("many-models-test", mount.toString()))
            .flatMap(words -> words)
            .toArray(String[]::new);
    assumeTrue(run(command) == 0, "cannot mount a file system");
    return mount;
  }

  private static int run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
