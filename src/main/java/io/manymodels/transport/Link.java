package io.manymodels.transport;

import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.ReplicaId;
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
  private static final long ASK_AGAIN_MILLIS = 1_000;
  private static final long MAX_ASK_AGAIN_MILLIS = 8_000;
  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long MAX_PAUSE_MILLIS = 1_000;

  /** From then on Ray is asked whether the replica is dead, and if it is not, to make the calls. */
  private static final Duration BY_RAY_AFTER = Duration.ofSeconds(2);

  private final ReplicaId replica;
  private final EventLoops loops;
  private final EventLoop home;
  private final Connector connector;
  private final KnownToRay atRay;
  private final Executor blocking;
  private final Ticker ticker;
  private final LinkConnections connections;
  private final Set<ClientConnection> silent = new HashSet<>();
  private final Runnable onLost;
  private final Runnable onDead;
  private final ConnectionWatch watch;
  private @Nullable Deadline byRayAt;
  private volatile State state = State.BY_RAY;
  private volatile boolean closed;

  /**
   * @param blocking where a replica is asked for its endpoint
   * @param onLost told when a connection that was in use is lost or silent; must be quick
   * @param onDead told when Ray knows that the replica has ended
   */
  Link(
      ReplicaId replica,
      EventLoops loops,
      Connector connector,
      Endpoints endpoints,
      Executor blocking,
      Ticker ticker,
      ConnectionWatch watch,
      Runnable onLost,
      Runnable onDead) {
    this.watch = watch;
    this.onLost = onLost;
    this.onDead = onDead;
    this.replica = replica;
    this.loops = loops;
    this.home = loops.all().get(Math.floorMod(replica.hashCode(), loops.all().size()));
    this.connector = connector;
    this.atRay = new KnownToRay(replica, endpoints, ticker);
    this.blocking = blocking;
    this.ticker = ticker;
    this.connections = new LinkConnections(replica, loops);
  }

  State state() {
    return state;
  }

  /** Of its node; null while it has not told where it listens. */
  @Nullable String host() {
    @Nullable Endpoint known = atRay.endpoint();
    return known == null ? null : known.host();
  }

  /** Asks the replica where it listens, and connects. */
  void open() {
    open(ASK_AGAIN_MILLIS);
  }

  private void open(long pauseMillis) {
    if (closed) {
      return;
    }
    try {
      blocking.execute(() -> ask(pauseMillis));
    } catch (RejectedExecutionException e) {
      later(() -> open(pauseMillis), pauseMillis);
    }
  }

  private void ask(long pauseMillis) {
    switch (atRay.ask()) {
      case LISTENS ->
          home.execute(
              () -> {
                for (int i = 0; i < loops.all().size(); i++) {
                  connect(i, FIRST_PAUSE_MILLIS);
                }
              });
      case DEAD -> onDead.run();
      default ->
          // An older build never tells where it listens, and Ray logs each question.
          later(() -> open(Math.min(MAX_ASK_AGAIN_MILLIS, pauseMillis * 2)), pauseMillis);
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
    @Nullable Endpoint known = atRay.endpoint();
    if (closed || known == null) {
      return;
    }
    String token = known.token();
    connector.connect(
        known,
        loops.all().get(index),
        () ->
            watch.connection(replica, token, new OnHome(known, index, pauseMillis), index, ticker),
        () -> failed(index, pauseMillis));
  }

  private void failed(int index, long pauseMillis) {
    home.execute(
        () -> {
          if (byRayAt != null && byRayAt.passed() && state == State.AWAY) {
            byRayAt = Deadline.after(BY_RAY_AFTER, ticker);
            goByRayIfAlive();
          }
          later(() -> connect(index, Math.min(MAX_PAUSE_MILLIS, pauseMillis * 2)), pauseMillis);
        });
  }

  /** So that no call waits for a replica that has ended before Ray has found out. */
  private void goByRayIfAlive() {
    try {
      blocking.execute(
          () -> {
            KnownToRay.Answer known = atRay.ask();
            if (known == KnownToRay.Answer.DEAD) {
              onDead.run();
            } else if (known != KnownToRay.Answer.NOTHING) {
              home.execute(this::goByRay);
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} is asked by Ray later", replica);
    }
  }

  private void goByRay() {
    if (state == State.AWAY) {
      change(State.BY_RAY);
    }
  }

  /** Takes what a connection observes to the one event loop that changes the state. */
  private final class OnHome implements ClientConnection.Observer {
    private final Endpoint endpoint;
    private final int index;
    private final long pauseMillis;
    private boolean wasReady;

    private OnHome(Endpoint endpoint, int index, long pauseMillis) {
      this.endpoint = endpoint;
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
              connections.drain(ticker);
            } else if (silent.isEmpty() && connections.complete()) {
              change(State.CONNECTED);
            }
          });
    }

    @Override
    public void wantsHeartbeat(ClientConnection connection) {
      connector.connect(
          endpoint,
          loops.all().get(index),
          () -> new Heartbeat(endpoint.token(), connection.life()),
          () -> LOG.log(System.Logger.Level.DEBUG, "{0} has no heartbeat", replica));
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
    return connections.make((connection, answer) -> connection.predict(call, deadline, answer));
  }

  /** Calls a control method; fails as {@code PredictClient.predict} does. */
  CompletableFuture<byte[]> call(ControlCall call, Deadline deadline) {
    return connections.make(
        (connection, answer) ->
            connection.call(
                Frames.CONTROL,
                call.size(),
                call::write,
                new PendingCalls.Call<>(answer, deadline, ControlReply::read)));
  }

  /** Asks for the digest of the replica's state; fails likewise. */
  CompletableFuture<Long> digest(Deadline deadline) {
    return connections.make(
        (connection, answer) ->
            connection.call(
                Frames.DIGEST,
                0,
                nothing -> {},
                new PendingCalls.Call<>(answer, deadline, ControlReply::digest)));
  }

  /** No new calls come; closes when those under way have been answered. */
  void close() {
    closed = true;
    home.execute(() -> connections.drain(ticker));
  }
}
