package io.manymodels.adapter.nodecache;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.testing.Artifacts;
import io.manymodels.time.Ticker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that reads one artifact through the cache when it is told to: it says {@code ready},
 * waits for a line, and says {@code read} or {@code wrong}. Its source writes a line to a file, and
 * then takes as long as it is told, or for ever.
 */
final class CacheProcess {

  private CacheProcess() {}

  /**
   * Arguments: folder, wait in ms, length of the artifact, file for the calls, ms of the source.
   */
  public static void main(String[] arguments) throws IOException {
    byte[] bytes = Artifacts.bytes(Integer.parseInt(arguments[2]), 1);
    ArtifactDescriptor artifact = Artifacts.describe(Artifacts.ref("tenant1", 1), bytes);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    try (NodeArtifactCache cache =
        new NodeArtifactCache(
            List.of(new CacheFolder(Path.of(arguments[0]))),
            64 << 20,
            Duration.ofMillis(Long.parseLong(arguments[1])),
            Ticker.SYSTEM)) {
      System.out.println("ready");
      in.readLine();
      ByteBuffer read =
          cache
              .read(artifact, () -> ask(bytes, Path.of(arguments[3]), Long.parseLong(arguments[4])))
              .orElseThrow();
      System.out.println(Arrays.equals(Artifacts.toArray(read), bytes) ? "read" : "wrong");
    }
  }

  private static Optional<ByteBuffer> ask(byte[] bytes, Path calls, long millis) {
    try {
      Files.writeString(calls, "call\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long start = System.nanoTime();
    while (System.nanoTime() - start < Duration.ofMillis(millis).toNanos()) {
      LockSupport.parkNanos(1_000_000);
    }
    return Optional.of(ByteBuffer.wrap(bytes));
  }
}
