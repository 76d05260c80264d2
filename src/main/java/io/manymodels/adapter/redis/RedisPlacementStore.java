package io.manymodels.adapter.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.json.PlacementJson;
import io.manymodels.json.RememberedJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.time.Ticker;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;

/**
 * The placement state in the hash {@code <prefix>placement}: the fields {@code term}, {@code
 * state}, a JSON document, and {@code remembered}, a gzipped one. As durable as the server is
 * configured to be. Thread-safe.
 */
final class RedisPlacementStore implements PlacementStore {
  private static final System.Logger LOG = System.getLogger(RedisPlacementStore.class.getName());
  private static final String TERM = "term";
  private static final String STATE = "state";
  private static final String REMEMBERED = "remembered";
  private static final int ONE_KEY = 1;
  private static final int SMALL = 0;

  private static final String WRITE_IN_TERM =
      """
      if redis.call('HGET', KEYS[1], 'term') ~= ARGV[1] then
        return 0
      end
      redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
      return 1
      """;

  private final RedisEndpoint endpoint;
  private final RedisCalls calls;

  /** For what takes long: a pin must not fail because of it. */
  private final RedisCalls largeCalls;

  RedisPlacementStore(RedisEndpoint endpoint, Ticker ticker) {
    this.endpoint = endpoint;
    this.calls = new RedisCalls(endpoint, ticker);
    this.largeCalls = new RedisCalls(endpoint, ticker);
  }

  @Override
  public long startTerm() {
    return number(calls.call(RedisCalls.command(Command.HINCRBY, key(), TERM, 1), SMALL));
  }

  @Override
  public PlacementState read() {
    @Nullable Object state = calls.call(RedisCalls.command(Command.HGET, key(), STATE), SMALL);
    if (state == null) {
      return PlacementState.EMPTY;
    }
    try {
      return PlacementJson.readState(new String((byte[]) state, UTF_8));
    } catch (IllegalArgumentException e) {
      throw unreadable(e);
    }
  }

  @Override
  public boolean write(long term, PlacementState state) {
    return write(calls, term, STATE, PlacementJson.write(state).getBytes(UTF_8));
  }

  private boolean write(RedisCalls by, long term, String field, byte[] content) {
    return number(
            by.call(
                RedisCalls.command(
                    Command.EVAL, WRITE_IN_TERM, ONE_KEY, key(), term, field, content),
                content.length))
        == 1;
  }

  @Override
  public Optional<RememberedPlacement> remembered() {
    @Nullable Object found =
        largeCalls.call(
            RedisCalls.command(Command.HGET, key(), REMEMBERED), RememberedJson.MAX_BYTES);
    if (found == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(RememberedJson.read((byte[]) found));
    } catch (IllegalArgumentException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "what {0} remembers of placement cannot be understood and is ignored: {1}",
          endpoint.location(),
          e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public boolean remember(long term, RememberedPlacement placement) {
    return write(largeCalls, term, REMEMBERED, RememberedJson.write(placement));
  }

  @Override
  public void close() {
    calls.close();
    largeCalls.close();
  }

  private String key() {
    return endpoint.key("placement");
  }

  private long number(@Nullable Object answer) {
    if (answer instanceof Long number) {
      return number;
    }
    throw endpoint.unavailable("answers with something other than a number");
  }

  private ServingException unreadable(IllegalArgumentException cause) {
    return new ServingException(
        ErrorCode.STORE_UNAVAILABLE,
        endpoint.location() + " holds a placement state that cannot be understood",
        cause);
  }
}
