package io.manymodels.transport;

import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.routing.ReplicaUnreachableException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one replica, one for each event loop, so that a call stays on the thread that
 * makes it. Thread-safe: what changes the state runs on one event loop, calls read it.
 */
final class Link {
  /** How calls reach the replica. */
  enum State {
    /** By Ray: its port is not known, or cannot be reached. */
    BY_RAY,
    /** By its port. */
    CONNECTED,
    /** Not now: it was connected, and is cut off or silent. */
    AWAY
  }

  private static final System.Logger LOG = System.getLogger(Link.class.getName());
  private static final Duration ASK_TIMEOUT = Duration.ofSeconds(2);
  private static final long ASK_AGAIN_MILLIS = 1_000;
  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long MAX_PAUSE_MILLIS = 1_000;

  /** From then on Ray is asked again, which knows whether the replica is dead. */
  private static final Duration BY_RAY_AFTER = Duration.ofSeconds(2);

  private static final int CLOSE_CHECK_MILLIS = 100;
  private static final Duration MAX_DRAIN = Duration.ofSeconds(30);

  private final ReplicaId replica;
  private final EventLoops loops;
  private final EventLoop home;
  private final Connector connector;
  private final Endpoints endpoints;
  private final Executor blocking;
  private final Ticker ticker;
  private final AtomicReferenceArray<@Nullable ClientConnection> connections;
  private final Set<ClientConnection> silent = new HashSet<>();
  private final Runnable onLost;
  private volatile @Nullable Endpoint endpoint;
  private @Nullable Deadline byRayAt;
  private volatile State state = State.BY_RAY;
  private volatile boolean closed;

  /**
   * @param blocking where a replica is asked for its endpoint
   * @param onLost told when a connection that was in use is lost or silent; must be quick
   */
  Link(
      ReplicaId replica,
      EventLoops loops,
      Connector connector,
      Endpoints endpoints,
      Executor blocking,
      Ticker ticker,
      Runnable onLost) {
    this.onLost = onLost;
    this.replica = replica;
    this.loops = loops;
    this.home = loops.all().get(Math.floorMod(replica.hashCode(), loops.all().size()));
    this.connector = connector;
    this.endpoints = endpoints;
    this.blocking = blocking;
    this.ticker = ticker;
    this.connections = new AtomicReferenceArray<>(loops.all().size());
  }

  State state() {
    return state;
  }

  /** Of its node; null while it has not told where it listens. */
  @Nullable String host() {
    @Nullable Endpoint known = endpoint;
    return known == null ? null : known.host();
  }

  /** Asks the replica where it listens, and connects. */
  void open() {
    if (closed) {
      return;
    }
    try {
      blocking.execute(this::ask);
    } catch (RejectedExecutionException e) {
      later(this::open, ASK_AGAIN_MILLIS);
    }
  }

  private void ask() {
    try {
      Endpoint found = endpoints.of(replica, Deadline.after(ASK_TIMEOUT, ticker));
      home.execute(
          () -> {
            endpoint = found;
            for (int i = 0; i < connections.length(); i++) {
              connect(i, FIRST_PAUSE_MILLIS);
            }
          });
    } catch (ReplicaLostException e) {
      // The next call by Ray finds it so too, and tells the directory.
      LOG.log(System.Logger.Level.DEBUG, "{0} is lost", replica);
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} names no port: {1}", replica, e.getMessage());
      later(this::open, ASK_AGAIN_MILLIS);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "asking " + replica + " for its port", e);
      later(this::open, ASK_AGAIN_MILLIS);
    }
  }

  private void later(Runnable task, long millis) {
    try {
      var unused = home.schedule(task, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "the event loops have ended");
    }
  }

  private void connect(int index, long pauseMillis) {
    @Nullable Endpoint known = endpoint;
    if (closed || known == null) {
      return;
    }
    String token = known.token();
    connector.connect(
        known,
        loops.all().get(index),
        () -> new ClientConnection(replica, token, new OnHome(index, pauseMillis), ticker),
        () -> failed(index, pauseMillis));
  }

  private void failed(int index, long pauseMillis) {
    home.execute(
        () -> {
          if (byRayAt != null && byRayAt.passed() && state == State.AWAY) {
            change(State.BY_RAY);
          }
          later(() -> connect(index, Math.min(MAX_PAUSE_MILLIS, pauseMillis * 2)), pauseMillis);
        });
  }

  /** Takes what a connection observes to the one event loop that changes the state. */
  private final class OnHome implements ClientConnection.Observer {
    private final int index;
    private final long pauseMillis;
    private boolean wasReady;

    private OnHome(int index, long pauseMillis) {
      this.index = index;
      this.pauseMillis = pauseMillis;
    }

    @Override
    public void ready(ClientConnection connection) {
      wasReady = true;
      home.execute(
          () -> {
            connections.set(index, connection);
            silent.remove(connection);
            if (closed) {
              drain();
            } else if (silent.isEmpty() && complete()) {
              change(State.CONNECTED);
            }
          });
    }

    @Override
    public void silent(ClientConnection connection) {
      // At once, for the calls that fail next are made elsewhere.
      state = State.AWAY;
      onLost.run();
      home.execute(
          () -> {
            silent.add(connection);
            away();
          });
    }

    @Override
    public void closed(ClientConnection connection) {
      // One that was drained is no loss, and nobody has to find out why.
      if (wasReady && !closed) {
        state = State.AWAY;
        onLost.run();
      }
      home.execute(
          () -> {
            silent.remove(connection);
            connections.set(index, null);
            if (wasReady) {
              away();
              connect(index, FIRST_PAUSE_MILLIS);
            } else {
              failed(index, pauseMillis);
            }
          });
    }
  }

  private boolean complete() {
    for (int i = 0; i < connections.length(); i++) {
      if (connections.get(i) == null) {
        return false;
      }
    }
    return true;
  }

  private void away() {
    byRayAt = Deadline.after(BY_RAY_AFTER, ticker);
    change(State.AWAY);
  }

  private void change(State next) {
    state = next;
    LOG.log(System.Logger.Level.DEBUG, "{0} is {1}", replica, next);
  }

  /** Makes a call over the connection of the calling thread's event loop, or of another. */
  CompletableFuture<PredictReply> predict(PredictCall call, Deadline deadline) {
    CompletableFuture<PredictReply> answer = new CompletableFuture<>();
    int index = loops.current();
    @Nullable ClientConnection connection = connections.get(index);
    if (connection == null) {
      answer.completeExceptionally(new ReplicaUnreachableException(replica, "is cut off"));
    } else if (loops.all().get(index).inEventLoop()) {
      connection.predict(call, deadline, answer);
    } else {
      loops.all().get(index).execute(() -> connection.predict(call, deadline, answer));
    }
    return answer;
  }

  /** No new calls come; closes when those under way have been answered. */
  void close() {
    closed = true;
    home.execute(this::drain);
  }

  private void drain() {
    Deadline longest = Deadline.after(MAX_DRAIN, ticker);
    for (int i = 0; i < connections.length(); i++) {
      @Nullable ClientConnection connection = connections.get(i);
      if (connection != null) {
        EventLoop loop = loops.all().get(i);
        loop.execute(() -> closeWhenIdle(connection, loop, longest));
      }
    }
  }

  private static void closeWhenIdle(ClientConnection connection, EventLoop loop, Deadline longest) {
    if (connection.idle() || longest.passed()) {
      connection.close();
    } else {
      var unused =
          loop.schedule(
              () -> closeWhenIdle(connection, loop, longest),
              CLOSE_CHECK_MILLIS,
              TimeUnit.MILLISECONDS);
    }
  }
}
