package io.manymodels.adapter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.PlacementStoreContract;
import io.manymodels.testing.RedisServer;
import io.manymodels.testing.Samples;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Protocol.Command;

class RedisPlacementStoreTest extends PlacementStoreContract {
  private static final Environment LOGIN =
      Environment.empty().with(Setting.REDIS_USERNAME, "mm").with(Setting.REDIS_PASSWORD, "s3cret");

  @TempDir private static Path folder;
  private static RedisServer server;

  private final String prefix = UUID.randomUUID() + ":";
  private final PlacementStore store = reopened();

  @BeforeAll
  static void startServer() throws IOException {
    // The user may do no more than docs/stores.md says is needed.
    String users =
        """
        user default on nopass ~* &* +@all
        user mm on >s3cret resetchannels ~*:placement +hincrby +hget +hset +eval
        """;
    Path acl = Files.writeString(folder.resolve("users.acl"), users);
    server =
        RedisServer.start(
            folder, "--appendonly", "yes", "--appendfsync", "always", "--aclfile", acl.toString());
  }

  @AfterAll
  static void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  protected PlacementStore store() {
    return store;
  }

  @Override
  protected PlacementStore reopened() {
    return new RedisPlacementStore(endpoint(LOGIN), Ticker.SYSTEM);
  }

  @Test
  void termAndStateOutliveAServerThatWasKilled() {
    long term = store.startTerm();
    assertThat(store.write(term, PlacementState.EMPTY)).isTrue();
    assertThat(store.remember(term, Samples.remembered())).isTrue();
    server.kill();
    server.restart();
    try (PlacementStore after = reopened()) {
      assertThat(after.remembered()).contains(Samples.remembered());
      assertThat(after.write(term, PlacementState.EMPTY)).isTrue();
      assertThat(after.startTerm()).isEqualTo(term + 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{\"pins\":{\"../x\":\"D\"},\"declared\":{}}"})
  void brokenStateIsNeverTakenForAnEmptyOne(String text) {
    ask(Command.HSET, prefix + "placement", "state", text);
    assertUnavailable(store::read, "holds a placement state that cannot be understood");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "no gzip"})
  void aDamagedMemoryIsLoggedAndIgnored(String text) {
    long term = store.startTerm();
    assertThat(store.write(term, Samples.state())).isTrue();
    ask(Command.HSET, prefix + "placement", "remembered", text);
    try (LogLines log = LogLines.of(RedisPlacementStore.class, "ignored")) {
      assertThat(store.remembered()).isEmpty();
      assertThat(log.messages()).hasSize(1);
      assertThat(log.hasStackTrace()).isFalse();
    }
    assertThat(store.read()).isEqualTo(Samples.state());
    assertThat(store.remember(term, Samples.remembered())).isTrue();
    assertThat(store.remembered()).contains(Samples.remembered());
  }

  @Test
  void aBrokenTermStopsEveryWriter() {
    ask(Command.HSET, prefix + "placement", "term", "x");
    assertUnavailable(store::startTerm, "answers with the error ERR");
    assertThat(store.write(1, PlacementState.EMPTY)).isFalse();
  }

  @Test
  void aKeyOfAnotherTypeIsNotTouched() {
    ask(Command.SET, prefix + "placement", "something else");
    assertUnavailable(store::startTerm, "holds something of another type at the key");
    assertUnavailable(store::read, "holds something of another type at the key");
    assertUnavailable(store::remembered, "holds something of another type at the key");
  }

  private void assertUnavailable(Runnable call, String message) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .withMessage("Redis at localhost:%d %s", server.port(), message)
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }

  private RedisEndpoint endpoint(Environment login) {
    return RedisEndpoint.of(server.uri("prefix=" + prefix), login);
  }

  private void ask(Command command, Object... arguments) {
    try (RedisCalls calls = new RedisCalls(endpoint(Environment.empty()), Ticker.SYSTEM)) {
      calls.call(RedisCalls.command(command, arguments), 0);
    }
  }
}
