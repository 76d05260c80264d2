package io.manymodels.adapter.nodecache;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.testing.Artifacts;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Random reads, damages, deletions and restarts. The naive model: every read gives the bytes, an
 * artifact that was in the folder, whole, before a read is not asked for, and the bound holds.
 */
class NodeArtifactCachePropertyTest {
  private static final long BOUND_BYTES = 64 << 10;
  private static final int ARTIFACTS = 24;
  private static final int MAX_BYTES = 20_000;

  enum Kind {
    READ,
    FLIP,
    CUT,
    DELETE,
    RESTART,
    DELETE_LEDGER
  }

  record Step(Kind kind, int artifact) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Kind> kinds =
        Arbitraries.frequency(
            Tuple.of(12, Kind.READ),
            Tuple.of(1, Kind.FLIP),
            Tuple.of(1, Kind.CUT),
            Tuple.of(1, Kind.DELETE),
            Tuple.of(1, Kind.RESTART),
            Tuple.of(1, Kind.DELETE_LEDGER));
    return Combinators.combine(kinds, Arbitraries.integers().between(0, ARTIFACTS - 1))
        .as(Step::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(80);
  }

  @Property(tries = 100)
  void everyReadIsRightAndTheBoundHolds(@ForAll("steps") List<Step> steps) throws IOException {
    Path root = Files.createTempDirectory(Path.of("target"), "node-cache").toAbsolutePath();
    NodeArtifactCache cache = open(root);
    Set<Integer> whole = new HashSet<>();
    for (Step step : steps) {
      byte[] bytes = Artifacts.bytes(step.artifact() * 977 % MAX_BYTES, step.artifact());
      ArtifactDescriptor artifact = Artifacts.describe(Artifacts.ref("t", 1), bytes);
      Path file = file(root, artifact);
      switch (step.kind()) {
        case READ -> {
          boolean cached = whole.contains(step.artifact()) && Files.exists(file);
          boolean[] asked = new boolean[1];
          ByteBuffer read =
              cache
                  .read(
                      artifact,
                      () -> {
                        asked[0] = true;
                        return Optional.of(ByteBuffer.wrap(bytes));
                      })
                  .orElseThrow();
          assertThat(Artifacts.toArray(read)).isEqualTo(bytes);
          assertThat(asked[0]).isEqualTo(!cached);
          whole.add(step.artifact());
        }
        case FLIP, CUT -> {
          if (bytes.length > 0 && Files.exists(file)) {
            byte[] damaged = new byte[step.kind() == Kind.CUT ? bytes.length / 2 : bytes.length];
            Files.write(file, damaged);
            whole.remove(step.artifact());
          }
        }
        case DELETE -> Files.deleteIfExists(file);
        case DELETE_LEDGER -> Files.deleteIfExists(root.resolve("ledger"));
        case RESTART -> {
          cache.close();
          cache = open(root);
        }
      }
      assertThat(held(root)).isLessThanOrEqualTo(BOUND_BYTES);
    }
    cache.close();
    deleteAll(root);
  }

  private static void deleteAll(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static long held(Path root) throws IOException {
    Quota quota = new Quota(BOUND_BYTES);
    return new CacheFolder(root)
        .published().stream().mapToLong(file -> quota.charge(file.bytes())).sum();
  }

  private static NodeArtifactCache open(Path root) {
    return new NodeArtifactCache(
        List.of(new CacheFolder(root)), BOUND_BYTES, Duration.ofSeconds(5), Ticker.SYSTEM);
  }

  private static Path file(Path root, ArtifactDescriptor artifact) {
    String hex = artifact.digest().hex();
    return root.resolve(hex.substring(0, 2)).resolve(hex);
  }
}
