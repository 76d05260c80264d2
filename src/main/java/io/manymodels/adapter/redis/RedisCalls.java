package io.manymodels.adapter.redis;

import io.manymodels.model.ServingException;
import io.manymodels.threads.TimerThread;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Calls a Redis server over a few shared connections, each call with a deadline. Once the server
 * could not be reached, calls fail at once for a second, and then one call tries for all.
 * Thread-safe.
 */
final class RedisCalls implements AutoCloseable {
  static final int MAX_CONNECTIONS = 16;
  static final Duration PAUSE = Duration.ofSeconds(1);
  private static final int SLOWEST_BYTES_PER_MILLISECOND = 10_000;

  private final RedisEndpoint endpoint;
  private final OutagePause pause;
  private final ConnectionPool pool;
  private final TimerThread deadlines;

  RedisCalls(RedisEndpoint endpoint, Ticker ticker) {
    this.endpoint = endpoint;
    this.pause = new OutagePause(PAUSE, ticker);
    GenericObjectPoolConfig<Connection> bounds = new GenericObjectPoolConfig<>();
    bounds.setMaxTotal(MAX_CONNECTIONS);
    bounds.setMaxIdle(MAX_CONNECTIONS);
    bounds.setMaxWait(Duration.ofMillis(endpoint.location().options().waits().answer() / 2));
    bounds.setJmxEnabled(false);
    this.pool = new ConnectionPool(endpoint.connections(), bounds);
    // A call has one, and has a connection as long.
    this.deadlines = TimerThread.of("redis-deadlines", MAX_CONNECTIONS);
  }

  /** A command and its arguments: texts, numbers, byte arrays. */
  static CommandArguments command(Command command, Object... arguments) {
    CommandArguments all = new CommandArguments(command);
    for (Object argument : arguments) {
      all.add(argument instanceof Number ? argument.toString() : argument);
    }
    return all;
  }

  /**
   * The server's answer: null, a Long, a byte[] or a List of such. A call that finds its connection
   * closed is made again on a fresh one, so the command has to be one that may be executed twice.
   *
   * @param bytes about how many go to the server and back; the deadline grows with them
   * @throws ServingException {@code STORE_UNAVAILABLE}
   */
  @Nullable Object call(CommandArguments command, long bytes) {
    Optional<String> reason = pause.reasonNotToTry();
    if (reason.isPresent()) {
      throw endpoint.unavailable(reason.get());
    }
    try {
      Object answer = callTwice(command, bytes);
      pause.end();
      return answer;
    } catch (JedisDataException e) {
      answered(e);
      throw endpoint.unavailable(e);
    } catch (JedisConnectionException e) {
      pool.clear();
      pause.begin(RedisFailures.explain(e));
      throw endpoint.unavailable(e);
    } catch (JedisException e) {
      throw endpoint.unavailable(e);
    }
  }

  /** Connections that lay idle were closed when the server was restarted. */
  private @Nullable Object callTwice(CommandArguments command, long bytes) {
    Connection first = connect();
    try {
      return callOn(first, command, bytes);
    } catch (JedisConnectionException e) {
      if (RedisFailures.isTimeout(e)) {
        throw e;
      }
      pool.clear();
      return callOn(connect(), command, bytes);
    }
  }

  private Connection connect() {
    try {
      return pool.getResource();
    } catch (JedisDataException | ServingException e) {
      // It would not let the next caller in either.
      throw new JedisConnectionException(e);
    }
  }

  private @Nullable Object callOn(Connection connection, CommandArguments command, long bytes) {
    AtomicBoolean late = new AtomicBoolean();
    try {
      Future<?> deadline =
          deadlines.after(Duration.ofMillis(deadlineMillis(bytes)), () -> end(connection, late));
      try {
        return connection.executeCommand(command);
      } finally {
        if (!deadline.cancel(false)) {
          connection.setBroken();
        }
      }
    } catch (JedisConnectionException e) {
      throw late.get() ? new JedisConnectionException(new SocketTimeoutException()) : e;
    } catch (RejectedExecutionException e) {
      throw new JedisException("closed", e);
    } finally {
      connection.close();
    }
  }

  /** Writing to a socket has no timeout: what ends it is that the socket is closed. */
  private static void end(Connection connection, AtomicBoolean late) {
    late.set(true);
    try {
      connection.forceDisconnect();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long deadlineMillis(long bytes) {
    return endpoint.location().options().waits().answer() + bytes / SLOWEST_BYTES_PER_MILLISECOND;
  }

  private void answered(JedisDataException failure) {
    if (RedisFailures.isReadOnly(failure)) {
      // After a failover the same name leads to another server.
      pool.clear();
    }
    pause.end();
  }

  /** Does not throw; later calls fail. */
  @Override
  public void close() {
    deadlines.close();
    pool.close();
  }
}
