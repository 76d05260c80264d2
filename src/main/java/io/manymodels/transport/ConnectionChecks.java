package io.manymodels.transport;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has all connections of one event loop looked at: often while something is awaited on one of them,
 * else twice a second, all at once. On that event loop only.
 */
final class ConnectionChecks {
  private static final long OFTEN_MILLIS = 20;
  private static final long SELDOM_MILLIS = 500;

  private final EventLoop loop;
  private List<ClientConnection> connections = List.of();
  private @Nullable ScheduledFuture<?> seldom;
  private boolean often;

  ConnectionChecks(EventLoop loop) {
    this.loop = loop;
  }

  void add(ClientConnection connection) {
    List<ClientConnection> more = new ArrayList<>(connections);
    more.add(connection);
    connections = List.copyOf(more);
    if (seldom == null) {
      seldom =
          loop.scheduleWithFixedDelay(
              this::check, SELDOM_MILLIS, SELDOM_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  void remove(ClientConnection connection) {
    connections = connections.stream().filter(each -> each != connection).toList();
    if (connections.isEmpty() && seldom != null) {
      seldom.cancel(false);
      seldom = null;
    }
  }

  /** Something is awaited on a connection. */
  void soon() {
    if (!often) {
      often = true;
      var unused = loop.schedule(this::checkOften, OFTEN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void checkOften() {
    often = false;
    check();
  }

  private void check() {
    boolean awaited = false;
    for (ClientConnection connection : connections) {
      connection.check();
      awaited |= connection.awaits();
    }
    if (awaited) {
      soon();
    }
  }
}
