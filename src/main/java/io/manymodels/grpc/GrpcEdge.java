package io.manymodels.grpc;

import io.grpc.Server;
import io.manymodels.access.Gate;
import io.manymodels.measuring.Measurements;
import io.manymodels.observing.RequestObserver;
import io.manymodels.protocol.v2.V2Models;
import io.manymodels.threads.BoundedPool;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.threads.Threads;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC of a Dispatcher, on a port of its own: the same models, callers, limits and errors as
 * over HTTP. Calls are read, passed on and answered by the event loops. Thread-safe.
 */
public final class GrpcEdge {
  private static final System.Logger LOG = System.getLogger(GrpcEdge.class.getName());
  private static final Duration BIND_AGAIN = Duration.ofSeconds(1);
  private static final int BLOCKING_THREADS = 8;
  private static final int BLOCKING_QUEUE = 64;

  private final GrpcAddress address;
  private final BoundedPool blocking =
      BoundedPool.of("grpc-requests", BLOCKING_THREADS, BLOCKING_QUEUE);
  private final GrpcServers servers;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable Server server;

  /**
   * Listens nowhere yet.
   *
   * @param observer notes what comes and how it is answered
   * @param tls of its port; empty for none
   * @param measurements of this process
   */
  public GrpcEdge(
      GrpcAddress address,
      V2Models models,
      Gate gate,
      RequestObserver observer,
      EventLoops loops,
      Optional<SslContext> tls,
      Measurements measurements) {
    this.address = address;
    this.servers =
        new GrpcServers(address, models, gate, loops, observer, blocking, tls, measurements);
  }

  /**
   * Listens on a port that others may have, too: the system spreads connections over them. While it
   * is another program's, tries again every second.
   */
  public void share() {
    if (!tryToShare()) {
      DaemonLoop.start("grpc-port", closed, this::shareLater);
    }
  }

  private void shareLater() throws InterruptedException {
    if (closed.await(BIND_AGAIN.toMillis(), TimeUnit.MILLISECONDS) || tryToShare()) {
      throw new InterruptedException("nothing is left to do");
    }
  }

  private synchronized boolean tryToShare() {
    if (closed.getCount() == 0) {
      return true;
    }
    try {
      server = servers.start(address.port() != 0, true);
      LOG.log(
          System.Logger.Level.INFO,
          "listening on {0}:{1} for gRPC",
          address.host(),
          String.valueOf(port()));
      return true;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot listen on {0}:{1} for gRPC yet: {2}",
          address.host(),
          String.valueOf(address.port()),
          e.getMessage());
      return false;
    }
  }

  /**
   * Takes a port of this process alone. Connections wait until {@link #accept()}.
   *
   * @return the number of the port
   * @throws IOException when the port is another program's, or the address another machine's
   */
  public synchronized int listen() throws IOException {
    server = servers.start(false, false);
    return port();
  }

  /** Begins to take the connections to the port that {@link #listen} took. */
  public void accept() {
    servers.accept();
  }

  /** The address on which it listens. */
  public String host() {
    return address.host();
  }

  /** The port; 0 while it does not listen. */
  public int port() {
    @Nullable Server started = server;
    return started == null ? 0 : started.getPort();
  }

  /**
   * Tells health checks that this server is about to end, goes on as before for {@code lead}, then
   * stops listening, tells clients to connect elsewhere, answers what is under way and closes.
   *
   * @param longest from now until what is still open is cut
   * @return when all is closed
   */
  public CompletableFuture<Void> drain(Duration lead, Duration longest) {
    CompletableFuture<Void> drained = new CompletableFuture<>();
    Threads.daemon(
            "grpc-drain",
            () -> {
              try {
                end(lead, Deadline.after(longest, Ticker.SYSTEM));
              } finally {
                drained.complete(null);
              }
            })
        .start();
    return drained;
  }

  private void end(Duration lead, Deadline longest) {
    servers.beginToEnd();
    try {
      var unused = closed.await(lead.toMillis(), TimeUnit.MILLISECONDS);
      stop(longest);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      blocking.shutdown();
      servers.close();
    }
  }

  private void stop(Deadline longest) throws InterruptedException {
    @Nullable Server started;
    synchronized (this) {
      closed.countDown();
      started = server;
    }
    if (started == null) {
      return;
    }
    var unused = started.shutdown();
    servers.drainStreams();
    if (!started.awaitTermination(longest.remainingMillis(), TimeUnit.MILLISECONDS)) {
      started.shutdownNow();
    }
  }
}
