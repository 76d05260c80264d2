package io.manymodels.adapter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelEvents;
import io.manymodels.testing.ModelEventsContract;
import io.manymodels.testing.RedisServer;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;

class RedisModelEventsTest extends ModelEventsContract {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final List<TenantId> SOMEBODY = List.of(new TenantId("tenant1"));

  private static final Environment LOGIN =
      Environment.empty().with(Setting.REDIS_USERNAME, "mm").with(Setting.REDIS_PASSWORD, "s3cret");

  @TempDir private static Path folder;
  private static RedisServer server;

  private final String prefix = UUID.randomUUID() + ":";
  private final ModelEvents events = open();
  private final ModelEvents others = open();

  @BeforeAll
  static void startServer() throws IOException {
    // The user may do no more than docs/stores.md says is needed.
    String users =
        """
        user default on nopass ~* &* +@all
        user mm on >s3cret resetchannels ~*:events +xadd +xread +xrevrange
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

  private ModelEvents open() {
    return new RedisModelEvents(endpoint(LOGIN), Ticker.SYSTEM);
  }

  @Override
  protected ModelEvents events() {
    return events;
  }

  @Override
  protected ModelEvents others() {
    return others;
  }

  @Override
  protected void takeStoreAway() {
    server.kill();
  }

  @Override
  protected void bringStoreBack() {
    server.restart();
  }

  @Test
  void aServerThatWasRestartedBetweenTwoWaitsIsNoOutage() throws Exception {
    assertThat(events.await(Duration.ZERO)).isEmpty();
    others.announce(SOMEBODY);
    server.kill();
    server.restart();
    assertThat(events.await(PATIENCE)).containsExactlyElementsOf(SOMEBODY);
    others.announce(SOMEBODY);
    assertThat(events.await(PATIENCE)).containsExactlyElementsOf(SOMEBODY);
  }

  @Test
  void aStreamThatWasLostIsReadFromItsStart() throws Exception {
    ask(Command.XADD, "99999999999999-1", "tenants", "late");
    assertThat(events.await(Duration.ZERO)).isEmpty();
    ask(Command.UNLINK);
    others.announce(SOMEBODY);
    server.kill();
    server.restart();
    assertThat(events.await(PATIENCE)).containsExactlyElementsOf(SOMEBODY);
  }

  @Test
  void aWaitFailsAtMostOnceASecondWhileTheServerIsAway() throws Exception {
    assertThat(events.await(Duration.ZERO)).isEmpty();
    takeStoreAway();
    long start = System.nanoTime();
    for (int i = 0; i < 3; i++) {
      try {
        assertThat(events.await(PATIENCE)).isNull();
      } catch (ServingException e) {
        assertThat(e).hasMessage("Redis at localhost:" + server.port() + " cannot be reached");
      }
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(2));
    bringStoreBack();
  }

  @Test
  void theStreamIsBounded() {
    String fill = "for i = 1, 30000 do redis.call('XADD', KEYS[1], '*', 'tenants', 'x') end";
    try (RedisCalls calls = new RedisCalls(endpoint(Environment.empty()), Ticker.SYSTEM)) {
      calls.call(RedisCalls.command(Command.EVAL, fill, 1, prefix + "events"), 0);
    }
    // Each write removes a bounded number of entries.
    for (int i = 0; i < 5; i++) {
      others.announce(SOMEBODY);
    }
    assertThat((Long) ask(Command.XLEN)).isBetween(10_000L, 10_200L);
  }

  @Test
  void whatOthersWroteIntoTheStreamIsPassedOver() throws Exception {
    assertThat(events.await(Duration.ZERO)).isEmpty();
    ask(Command.XADD, "*", "something", "else");
    ask(Command.XADD, "*", "tenants", "../x  tenant1 .hidden");
    assertThat(events.await(PATIENCE)).containsExactlyElementsOf(SOMEBODY);
  }

  private RedisEndpoint endpoint(Environment login) {
    return RedisEndpoint.of(server.uri("prefix=" + prefix), login);
  }

  private Object ask(Command command, Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = prefix + "events";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    try (RedisCalls calls = new RedisCalls(endpoint(Environment.empty()), Ticker.SYSTEM)) {
      return calls.call(RedisCalls.command(command, all), 0);
    }
  }
}
