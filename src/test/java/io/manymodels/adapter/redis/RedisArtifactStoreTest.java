package io.manymodels.adapter.redis;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.config.Environment;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.RedisServer;
import io.manymodels.testing.WritableArtifactStoreContract;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;

class RedisArtifactStoreTest extends WritableArtifactStoreContract {
  @TempDir private static Path folder;
  private static RedisServer server;

  private final String prefix = UUID.randomUUID() + ":";
  private final WritableArtifactStore store = open("");

  @BeforeAll
  static void startServer() {
    server = RedisServer.start(folder);
  }

  @AfterAll
  static void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  protected WritableArtifactStore store() {
    return store;
  }

  private WritableArtifactStore open(String options) {
    return new RedisArtifactStore(endpoint(options), Ticker.SYSTEM);
  }

  private RedisEndpoint endpoint(String options) {
    return RedisEndpoint.of(server.uri("prefix=" + prefix + options), Environment.empty());
  }

  @Test
  void equalBytesOfManyTenantsAreOneKey() {
    byte[] bytes = bytes(100, 1);
    for (int i = 1; i <= 5; i++) {
      put(describe(ref("tenant" + i, i), bytes), bytes);
    }
    ArtifactDescriptor artifact = describe(ref("tenant9", 9), bytes);
    assertHeld(artifact, bytes);
    String key = prefix + "artifact:" + artifact.digest().hex();
    assertThat(ask(Command.STRLEN, key)).isEqualTo(100L);
    assertThat(ask(Command.TTL, key)).isEqualTo(-1L);
  }

  @Test
  void anArtifactExpiresWhenTheUriSaysSo() {
    byte[] bytes = bytes(100, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    WritableArtifactStore expiring = open("&ttl_h=2");
    expiring.write(artifact, ByteBuffer.wrap(bytes));
    assertThat((Long) ask(Command.TTL, prefix + "artifact:" + artifact.digest().hex()))
        .isBetween(7_000L, 7_200L);
    expiring.close();
  }

  @Test
  void whatIsLargerThanPublishedIsCorruptAndNotReadFurther() {
    ArtifactDescriptor artifact = describe(ref("tenant1", 7), bytes(100, 1));
    put(artifact, bytes(101, 1));
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> store.read(artifact))
        .withMessage(
            "tenant1/7: Redis at localhost:%d holds more than the 100 bytes that were published",
            server.port())
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.ARTIFACT_CORRUPT);
  }

  @Test
  void whatIsLargerThanTheLimitIsNeitherKeptNorRead() {
    byte[] bytes = bytes((1 << 20) + 1, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    put(artifact, bytes);
    WritableArtifactStore small = open("&max_mib=1");
    assertThat(small.read(artifact)).isEmpty();
    small.write(artifact, ByteBuffer.wrap(bytes));
    assertThat(store.read(artifact)).isEmpty();
    small.close();
  }

  @Test
  void aServerThatHangsInTheMiddleOfAWriteIsLeft() {
    byte[] bytes = bytes(16 << 20, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    assertThat(store.read(artifact)).isEmpty();
    server.freeze();
    try {
      assertThatExceptionOfType(ServingException.class)
          .isThrownBy(() -> store.write(artifact, ByteBuffer.wrap(bytes)))
          .withMessage("tenant1/1: Redis at localhost:%d does not answer in time", server.port());
    } finally {
      server.resume();
    }
    Eventually.holds("it is asked again", () -> isAnswered(artifact));
  }

  private boolean isAnswered(ArtifactDescriptor artifact) {
    try {
      store.drop(artifact);
      return true;
    } catch (ServingException e) {
      return false;
    }
  }

  private Object ask(Command command, String key) {
    try (RedisCalls calls = new RedisCalls(endpoint(""), Ticker.SYSTEM)) {
      return calls.call(RedisCalls.command(command, key), 0);
    }
  }
}
