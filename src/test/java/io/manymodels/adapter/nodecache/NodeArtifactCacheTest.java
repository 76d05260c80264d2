package io.manymodels.adapter.nodecache;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.testing.ArtifactCacheContract;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.Parallel;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeArtifactCacheTest extends ArtifactCacheContract {
  private static final long BOUND_BYTES = 20 << 20;
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final int OTHER_USER = 12_345;

  @TempDir private Path folder;
  private Path root;
  private NodeArtifactCache cache;
  private final List<ArtifactCache> opened = new ArrayList<>();
  private Ticker ticker = Ticker.SYSTEM;

  @BeforeEach
  void open() {
    root = folder.resolve("node/artifacts");
    cache = at(root, BOUND_BYTES);
  }

  @AfterEach
  void closeAll() {
    opened.forEach(ArtifactCache::close);
  }

  @Override
  protected NodeArtifactCache cache() {
    return cache;
  }

  @Override
  protected NodeArtifactCache another() {
    return at(root, BOUND_BYTES);
  }

  @Override
  protected void damage(ArtifactDescriptor artifact) throws IOException {
    byte[] bytes = Files.readAllBytes(file(artifact));
    bytes[bytes.length / 2] ^= 1;
    Path damaged = Files.write(root.resolve("damaged"), bytes);
    Files.move(damaged, file(artifact), StandardCopyOption.REPLACE_EXISTING);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 999})
  void aTruncatedFileIsFetchedAgain(int length) throws IOException {
    byte[] bytes = bytes(2_000_000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    assertRead(cache, artifact, bytes);
    Files.write(file(artifact), new byte[length]);
    assertRead(cache, artifact, bytes);
    assertThat(calls()).hasValue(2);
    assertThat(Files.size(file(artifact))).isEqualTo(bytes.length);
  }

  @Test
  void whatIsMappedOutlivesItsFile() throws IOException {
    byte[] bytes = bytes(3_000_000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    assertRead(cache, artifact, bytes);
    ByteBuffer read = cache.read(artifact, Optional::empty).orElseThrow();
    assertThat(read.isDirect()).isTrue();
    deleteAll(root);
    assertThat(Artifacts.toArray(read)).isEqualTo(bytes);
  }

  @Test
  void othersCannotLookIn() throws IOException {
    byte[] bytes = bytes(1000, 1);
    Files.createDirectories(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertRead(cache, describe(ref("tenant1", 1), bytes), bytes);
    try (Stream<Path> files = Files.walk(root)) {
      assertThat(files)
          .hasSize(5)
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .isEqualTo(Files.isDirectory(file) ? "rwx------" : "rw-------"));
    }
  }

  @Test
  void aLinkIsNotUsed() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createDirectories(root.getParent());
    Files.createSymbolicLink(root, elsewhere);
    assertNotCached();
    assertThat(elsewhere).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFolderOfAnotherUserIsNotUsed(boolean itself) throws IOException {
    Files.createDirectories(root);
    Path others = itself ? root : root.getParent();
    assumeTrue(canGiveAway(others), "only root can give a folder to another user");
    assertNotCached();
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void aFileInTheWayIsAsGoodAsNoCacheUntilItIsGone() throws IOException {
    FakeTicker time = new FakeTicker();
    ticker = time;
    cache = at(root, BOUND_BYTES);
    Files.writeString(folder.resolve("node"), "a file");
    try (LogLines warnings = LogLines.of(NodeArtifactCache.class, "load without it")) {
      assertNotCached();
      time.advance(Duration.ofMinutes(2));
      assertNotCached();
      assertThat(warnings.messages()).hasSize(1);
    }
    assertThat(cache.counts().failures()).isEqualTo(2);
    Files.delete(folder.resolve("node"));
    time.advance(Duration.ofSeconds(59));
    assertNotCached();
    time.advance(Duration.ofSeconds(1));
    assertCached();
  }

  /** As on Windows, where nothing is deleted that somebody has mapped. */
  @Test
  void whatCannotBeEvictedLeavesItToTheNext() throws IOException {
    cache = at(root, 100 << 12);
    for (int i = 0; i < 100; i++) {
      byte[] bytes = bytes(4000, i);
      assertRead(cache, describe(ref("tenant1", i + 1), bytes), bytes);
    }
    Path oldest = file(describe(ref("tenant1", 1), bytes(4000, 0)));
    Files.delete(oldest);
    Files.createFile(Files.createDirectory(oldest).resolve("keeps-it-from-being-deleted"));
    Files.setLastModifiedTime(oldest, FileTime.from(Instant.now().minusSeconds(2000)));
    byte[] more = bytes(4000, 1000);
    ArtifactDescriptor artifact = describe(ref("tenant2", 1), more);
    assertRead(cache, artifact, more);
    assertThat(cache.counts().evictions()).isEqualTo(11);
    assertThat(file(artifact)).exists();
    assertThat(oldest).exists();
    assertThat(cache.counts().failures()).isZero();
  }

  @Test
  void aFolderThatVanishesIsMadeAgain() throws IOException {
    assertCached();
    deleteAll(root);
    calls().set(0);
    assertCached();
    assertThat(cache.counts().failures()).isZero();
  }

  @Test
  void aFullFileSystemIsAsGoodAsNoCacheUntilThereIsRoom() throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k", "many-models-test", small.toString()) == 0,
        "cannot mount a small file system");
    try {
      cache = at(small.resolve("artifacts"), BOUND_BYTES);
      assertCached();
      byte[] large = bytes(200_000, 2);
      calls().set(0);
      assertRead(cache, describe(ref("tenant2", 1), large), large);
      assertRead(cache, describe(ref("tenant2", 1), large), large);
      assertThat(calls()).hasValue(2);
      assertThat(cache.counts().failures()).isEqualTo(2);
      calls().set(0);
      assertCached();
      assertThat(run("mount", "-o", "remount,size=4m", small.toString())).isZero();
      calls().set(0);
      assertRead(cache, describe(ref("tenant2", 1), large), large);
      assertRead(cache, describe(ref("tenant2", 1), large), large);
      assertThat(calls()).hasValue(1);
      cache.close();
    } finally {
      assertThat(run("umount", "--lazy", small.toString())).isZero();
    }
  }

  @Test
  void anArtifactOfMoreThanAQuarterOfTheBoundIsNotCached() {
    cache = at(root, 1 << 20);
    byte[] quarter = bytes(256 << 10, 1);
    byte[] more = bytes((256 << 10) + 1, 2);
    for (int i = 0; i < 2; i++) {
      assertRead(cache, describe(ref("tenant1", 1), quarter), quarter);
      assertRead(cache, describe(ref("tenant1", 2), more), more);
    }
    assertThat(calls()).hasValue(3);
  }

  @Test
  void theLeastRecentlyUsedGoesFirst() throws IOException {
    cache = at(root, 100 << 12);
    for (int i = 0; i < 100; i++) {
      byte[] bytes = bytes(4000, i);
      ArtifactDescriptor artifact = describe(ref("tenant1", i + 1), bytes);
      assertRead(cache, artifact, bytes);
      Files.setLastModifiedTime(
          file(artifact), FileTime.from(Instant.now().minusSeconds(2000 - i)));
    }
    byte[] first = bytes(4000, 0);
    assertRead(cache, describe(ref("tenant1", 1), first), first);
    byte[] more = bytes(4000, 1000);
    assertRead(cache, describe(ref("tenant2", 1), more), more);
    assertThat(cache.counts().evictions()).isEqualTo(11);
    for (int i = 0; i < 100; i++) {
      assertThat(Files.exists(file(describe(ref("tenant1", i + 1), bytes(4000, i)))))
          .as("artifact %d", i)
          .isEqualTo(i == 0 || i > 11);
    }
  }

  @Test
  void theBoundHoldsWithManyWriters() throws Exception {
    long bound = 1 << 20;
    Quota quota = new Quota(bound);
    List<NodeArtifactCache> caches = List.of(at(root, bound), at(root, bound), at(root, bound));
    AtomicInteger seeds = new AtomicInteger();
    Parallel.call(
        16,
        () -> {
          for (int i = 0; i < 60; i++) {
            int seed = seeds.incrementAndGet();
            byte[] bytes = bytes(1000 + seed * 17 % 30_000, seed);
            assertRead(caches.get(seed % 3), describe(ref("tenant1", seed), bytes), bytes);
          }
          return true;
        });
    long held = 0;
    for (CacheFolder.Entry entry : new CacheFolder(root).published()) {
      held += quota.charge(entry.bytes());
    }
    assertThat(held).isBetween(bound / 2, bound);
    try (Ledger ledger = new CacheFolder(root).openLedger()) {
      assertThat(ledger.heldBytes()).isBetween(held, bound);
    }
    assertThat(root.resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void whatCrashesLeftIsCountedAndCleared() throws IOException {
    assertCached();
    Path old = Files.write(root.resolve("tmp/1-a-1"), new byte[100]);
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(600)));
    Path young = Files.write(root.resolve("tmp/1-a-2"), new byte[100]);
    try (Ledger ledger = new CacheFolder(root).openLedger()) {
      // As by processes that died between counting and writing.
      ledger.addHeld(10 * BOUND_BYTES);
    }
    byte[] bytes = bytes(1000, 5);
    assertRead(cache, describe(ref("tenant5", 1), bytes), bytes);
    assertThat(old).doesNotExist();
    assertThat(young).exists();
    try (Ledger ledger = new CacheFolder(root).openLedger()) {
      assertThat(ledger.heldBytes()).isEqualTo(3 * 4096);
    }
    assertThat(cache.counts().evictions()).isZero();
  }

  private void assertCached() {
    byte[] bytes = bytes(1000, 1);
    assertRead(cache, describe(ref("tenant1", 1), bytes), bytes);
    int asked = calls().get();
    assertRead(cache, describe(ref("tenant1", 1), bytes), bytes);
    assertThat(calls()).hasValue(asked);
  }

  private void assertNotCached() {
    byte[] bytes = bytes(1000, 1);
    int asked = calls().get();
    assertRead(cache, describe(ref("tenant1", 1), bytes), bytes);
    assertRead(cache, describe(ref("tenant1", 1), bytes), bytes);
    assertThat(calls()).hasValue(asked + 2);
  }

  private NodeArtifactCache at(Path path, long boundBytes) {
    NodeArtifactCache made =
        new NodeArtifactCache(List.of(new CacheFolder(path)), boundBytes, WAIT, ticker);
    opened.add(made);
    return made;
  }

  private Path file(ArtifactDescriptor artifact) {
    String hex = artifact.digest().hex();
    return root.resolve(hex.substring(0, 2)).resolve(hex);
  }

  private static boolean canGiveAway(Path path) {
    try {
      Files.setAttribute(path, "unix:uid", OTHER_USER);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private static void deleteAll(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
