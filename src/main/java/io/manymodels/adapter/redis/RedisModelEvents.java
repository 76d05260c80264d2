package io.manymodels.adapter.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelEvents;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Events in the Redis stream {@code <prefix>events}, which keeps about the last {@value
 * #KEPT_ENTRIES} entries. Waiting has a connection of its own. While the server is away, a wait
 * fails at most once a second, so that a caller may wait again at once.
 *
 * <p>After {@link #close} every wait ends at once and finds nobody.
 */
final class RedisModelEvents implements ModelEvents {
  static final int KEPT_ENTRIES = 10_000;
  static final int TENANTS_PER_ENTRY = 100;
  private static final int ENTRIES_PER_READ = 100;
  private static final String FIELD = "tenants";

  /** Short, because neither an interrupt nor a lost peer ends a read from a socket. */
  private static final int BLOCK_MILLIS = 1_000;

  private static final StreamEntryID START = new StreamEntryID(0, 0);

  private final RedisEndpoint endpoint;
  private final Ticker ticker;
  private final RedisCalls calls;
  private final OutagePause pause;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Written by the thread that waits, closed by any. */
  private volatile @Nullable Connection reading;

  /** The entry that was read last; of the thread that waits. */
  private @Nullable StreamEntryID last;

  RedisModelEvents(RedisEndpoint endpoint, Ticker ticker) {
    this.endpoint = endpoint;
    this.ticker = ticker;
    this.calls = new RedisCalls(endpoint, ticker);
    this.pause = new OutagePause(RedisCalls.PAUSE, ticker);
  }

  @Override
  public void announce(Collection<TenantId> tenants) {
    List<String> names = new TreeSet<>(tenants).stream().map(TenantId::value).toList();
    for (int from = 0; from < names.size(); from += TENANTS_PER_ENTRY) {
      int to = Math.min(names.size(), from + TENANTS_PER_ENTRY);
      String entry = String.join(" ", names.subList(from, to));
      calls.call(
          RedisCalls.command(Command.XADD, key(), "MAXLEN", "~", KEPT_ENTRIES, "*", FIELD, entry),
          entry.length());
    }
  }

  @Override
  public Set<TenantId> await(Duration timeout) throws InterruptedException {
    Deadline deadline = Deadline.after(timeout, ticker);
    waitWhileAway(deadline);
    // A connection that lay idle between two calls may have been closed.
    for (boolean again = reading != null; ; again = false) {
      try {
        return readUntil(deadline);
      } catch (JedisException | ServingException e) {
        disconnect();
        if (isClosed()) {
          return Set.of();
        }
        if (!again || !(e instanceof JedisConnectionException) || RedisFailures.isTimeout(e)) {
          pause.begin(RedisFailures.explain(e));
          throw endpoint.unavailable(e);
        }
      }
    }
  }

  /** Closes the connection under a read that waits. */
  @Override
  public void close() {
    closed.countDown();
    disconnect();
    calls.close();
  }

  private void waitWhileAway(Deadline deadline) throws InterruptedException {
    long nanos = Math.min(pause.leftNanos(), deadline.remaining().toNanos());
    if (closed.await(nanos, TimeUnit.NANOSECONDS)) {
      return;
    }
    Optional<String> reason = pause.reasonNotToTry();
    if (reason.isPresent()) {
      throw endpoint.unavailable(reason.get());
    }
  }

  private Set<TenantId> readUntil(Deadline deadline) throws InterruptedException {
    Set<TenantId> found = Set.of();
    while (found.isEmpty() && !isClosed()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      long millis = Math.max(1, Math.min(BLOCK_MILLIS, deadline.remainingMillis()));
      found = read(connected(), millis);
      pause.end();
      if (deadline.passed()) {
        break;
      }
    }
    return found;
  }

  private Set<TenantId> read(Connection connection, long blockMillis) {
    @Nullable Object answer =
        connection.executeCommand(
            RedisCalls.command(
                Command.XREAD,
                "COUNT",
                ENTRIES_PER_READ,
                "BLOCK",
                blockMillis,
                "STREAMS",
                key(),
                String.valueOf(last)));
    Set<TenantId> tenants = new TreeSet<>();
    for (Object stream : list(answer)) {
      for (Object entry : list(list(stream).get(1))) {
        last = id(entry);
        addTenants(list(list(entry).get(1)), tenants);
      }
    }
    return tenants;
  }

  /** Entries that somebody else may have written into the stream are passed over. */
  private static void addTenants(List<?> fields, Set<TenantId> tenants) {
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      if (FIELD.equals(text(fields.get(i)))) {
        Stream.of(text(fields.get(i + 1)).split(" ", -1))
            .flatMap(name -> TenantId.parse(name).stream())
            .forEach(tenants::add);
      }
    }
  }

  private Connection connected() {
    @Nullable Connection existing = reading;
    if (existing != null) {
      return existing;
    }
    Connection connection = endpoint.connect();
    reading = connection;
    if (isClosed()) {
      disconnect();
    }
    connection.setSoTimeout(BLOCK_MILLIS + endpoint.location().options().waits().answer());
    seek(connection);
    return connection;
  }

  /**
   * The first time from the end of the stream. A stream that ends before what was read last has
   * been lost, and is read from its start.
   */
  private void seek(Connection connection) {
    List<?> newest =
        list(
            connection.executeCommand(
                RedisCalls.command(Command.XREVRANGE, key(), "+", "-", "COUNT", 1)));
    StreamEntryID end = newest.isEmpty() ? START : id(newest.get(0));
    if (last == null) {
      last = end;
    } else if (end.compareTo(last) < 0) {
      last = START;
    }
  }

  private void disconnect() {
    @Nullable Connection open = reading;
    reading = null;
    if (open != null) {
      try {
        open.forceDisconnect();
      } catch (IOException e) {
        // The connection is gone either way.
        return;
      }
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private String key() {
    return endpoint.key("events");
  }

  private static List<?> list(@Nullable Object answer) {
    return answer instanceof List<?> list ? list : List.of();
  }

  private static StreamEntryID id(Object entry) {
    return new StreamEntryID(text(list(entry).get(0)));
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, US_ASCII);
  }
}
