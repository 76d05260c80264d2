package io.manymodels.adapter.redis;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.Parallel;
import io.manymodels.testing.RedisServer;
import io.manymodels.time.Ticker;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;

/** What a store says and does while the server is away, full or hangs, and afterwards. */
class RedisOutageTest {
  private static final byte[] BYTES = bytes(1_000, 1);
  private static final ArtifactDescriptor ARTIFACT = describe(ref("tenant1", 1), BYTES);

  @TempDir private Path folder;

  @Test
  void aServerThatWasKilledIsUsedAgainSoonAfterItIsBack() throws Exception {
    try (RedisServer server = RedisServer.start(folder);
        WritableArtifactStore store = open(server.uri(""))) {
      // As many idle connections as the pool takes, all of which the restart closes.
      Parallel.call(16, () -> isServed(store));
      server.kill();
      assertUnavailable(() -> store.read(ARTIFACT), message(server, "cannot be reached"));
      server.restart();
      long start = System.nanoTime();
      Eventually.holds("the server is used again", () -> isServed(store));
      assertThat(since(start)).isLessThan(Duration.ofSeconds(5));
      assertThat(Parallel.call(16, () -> isServed(store))).containsOnly(true);
    }
  }

  @Test
  void aRestartThatNobodySawIsNoOutage() throws Exception {
    try (RedisServer server = RedisServer.start(folder);
        WritableArtifactStore store = open(server.uri(""))) {
      Parallel.call(16, () -> isServed(store));
      server.kill();
      server.restart();
      assertThat(Parallel.call(16, () -> isServed(store))).containsOnly(true);
    }
  }

  @Test
  void aServerThatHangsCostsOneWaitForAll() throws Exception {
    try (RedisServer server = RedisServer.start(folder);
        WritableArtifactStore store = open(server.uri(""))) {
      assertThat(isServed(store)).isTrue();
      server.freeze();
      assertUnavailable(() -> store.read(ARTIFACT), message(server, "does not answer in time"));
      long start = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        assertUnavailable(() -> store.read(ARTIFACT), message(server, "does not answer in time"));
      }
      assertThat(since(start)).isLessThan(Duration.ofMillis(900));
      server.resume();
      Eventually.holds("the server is used again", () -> isServed(store));
    }
  }

  @Test
  void aFullServerRefusesWritesAndServesReads() {
    try (RedisServer server = RedisServer.start(folder);
        WritableArtifactStore store = open(server.uri(""))) {
      assertThat(isServed(store)).isTrue();
      configure(server, "maxmemory", "1");
      assertUnavailable(
          () -> store.write(ARTIFACT, ByteBuffer.wrap(BYTES)),
          message(server, "is full (maxmemory)"));
      assertThat(store.read(ARTIFACT)).get().extracting(Artifacts::toArray).isEqualTo(BYTES);
      configure(server, "maxmemory", "0");
      assertThat(isServed(store)).isTrue();
    }
  }

  @Test
  void aReplicaRefusesWrites() {
    try (RedisServer server = RedisServer.start(folder, "--replicaof", "127.0.0.1", "1");
        WritableArtifactStore store = open(server.uri(""))) {
      assertThat(store.read(ARTIFACT)).isEmpty();
      assertUnavailable(
          () -> store.write(ARTIFACT, ByteBuffer.wrap(BYTES)),
          message(server, "is a replica that cannot be written to"));
    }
  }

  @Test
  void aPasswordThatTheServerDoesNotKnowOfIsTold() {
    try (RedisServer server = RedisServer.start(folder);
        WritableArtifactStore store =
            new RedisArtifactStore(
                RedisEndpoint.of(
                    server.uri(""), Environment.empty().with(Setting.REDIS_PASSWORD, "s3cret")),
                Ticker.SYSTEM)) {
      assertUnavailable(
          () -> store.read(ARTIFACT), message(server, "has no password, and one is set"));
    }
  }

  @Test
  void aServerWithoutTlsIsTold() {
    try (RedisServer server = RedisServer.start(folder);
        WritableArtifactStore store =
            open(URI.create(server.uri("").toString().replace("redis:", "rediss:")))) {
      assertUnavailable(() -> store.read(ARTIFACT), message(server, "does not answer in time"));
    }
  }

  @Test
  void aHostThatIsNotKnownIsTold() {
    try (WritableArtifactStore store = open(URI.create("redis://nowhere.invalid"))) {
      assertUnavailable(
          () -> store.read(ARTIFACT),
          "tenant1/1: Redis at nowhere.invalid:6379 has a host name that is not known");
    }
  }

  @Test
  void moreCallersThanConnectionsAreServed() throws Exception {
    try (RedisServer server = RedisServer.start(folder);
        WritableArtifactStore store = open(server.uri(""))) {
      List<Boolean> served =
          Parallel.call(
              3 * RedisCalls.MAX_CONNECTIONS,
              () -> {
                boolean all = true;
                for (int i = 0; i < 50; i++) {
                  all &= isServed(store);
                }
                return all;
              });
      assertThat(served).containsOnly(true);
    }
  }

  @Test
  void aClosedStoreSaysSo() {
    try (RedisServer server = RedisServer.start(folder)) {
      WritableArtifactStore store = open(server.uri(""));
      assertThat(isServed(store)).isTrue();
      store.close();
      assertUnavailable(
          () -> store.read(ARTIFACT),
          message(server, "is not asked any more: the store is closed"));
    }
  }

  private static void configure(RedisServer server, String name, String value) {
    RedisEndpoint endpoint = RedisEndpoint.of(server.uri(""), Environment.empty());
    try (RedisCalls calls = new RedisCalls(endpoint, Ticker.SYSTEM)) {
      calls.call(RedisCalls.command(Command.CONFIG, "SET", name, value), 0);
    }
  }

  private static WritableArtifactStore open(URI uri) {
    return new RedisArtifactStore(RedisEndpoint.of(uri, Environment.empty()), Ticker.SYSTEM);
  }

  private static boolean isServed(WritableArtifactStore store) {
    try {
      store.write(ARTIFACT, ByteBuffer.wrap(BYTES));
      return store.read(ARTIFACT).isPresent();
    } catch (ServingException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
      return false;
    }
  }

  private static String message(RedisServer server, String what) {
    return "tenant1/1: Redis at localhost:" + server.port() + " " + what;
  }

  static void assertUnavailable(Runnable call, String message) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .withMessage(message)
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }

  private static Duration since(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }
}
