package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tls.ServerTls;
import io.manymodels.transport.ConnectionFaults;
import io.manymodels.transport.EventLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The Dispatcher's own server of HTTP/1.1 and HTTP/2, with TLS or without: the routes, limits and
 * errors of the path through Ray's Python proxy, without its cost. A /score is read, passed on and
 * answered by one event loop. Clients come by the {@link SharedPort}, Serve's HAProxies by the
 * {@link IngressPort}. Thread-safe.
 */
final class DirectIngress {
  private static final System.Logger LOG = System.getLogger(DirectIngress.class.getName());
  private static final int MAX_CONNECTIONS = 10_000;
  private static final int BACKLOG = 1_024;
  private static final int OPERATOR_THREADS = 8;
  private static final int OPERATOR_QUEUE = 64;

  /** The part of the heap that bodies under way may take together. */
  private static final double BODIES_SHARE_OF_HEAP = 0.25;

  /** Answers that a client has not taken, in bytes: above the second it is not read from. */
  private static final WriteBufferWaterMark WATER_MARKS =
      new WriteBufferWaterMark(8 << 10, 32 << 10);

  private final EventLoops loops;
  private final Answers answers;
  private final DispatcherState state;
  private final HealthChecks healthChecks;
  private final ConnectionFaults faults =
      new ConnectionFaults(LOG, System.Logger.Level.INFO, Ticker.SYSTEM);
  private final ChannelGroup connections =
      new DefaultChannelGroup("http-connections", GlobalEventExecutor.INSTANCE, true);
  private final AtomicLong bodyBytes = new AtomicLong();
  private final long maxBodyBytes =
      (long) (Runtime.getRuntime().maxMemory() * BODIES_SHARE_OF_HEAP);
  private final BoundedPool operators;
  private final AnswerPacking packing = new AnswerPacking();
  private final IngressPort ingressPort;
  private volatile @Nullable SharedPort sharedPort;
  private volatile @Nullable Channel ownPort;
  private volatile boolean draining;

  /**
   * Listens nowhere yet.
   *
   * @param nodeAddress the address at which other nodes reach this one
   * @param sockets where those of this node may reach it by a Unix domain socket
   */
  DirectIngress(
      String nodeAddress,
      Optional<Path> sockets,
      EventLoops loops,
      Answers answers,
      DispatcherState state) {
    this.ingressPort = new IngressPort(nodeAddress, sockets, this);
    this.loops = loops;
    this.answers = answers;
    this.state = state;
    this.healthChecks = new HealthChecks(state);
    this.operators = BoundedPool.of("operator-requests", OPERATOR_THREADS, OPERATOR_QUEUE);
  }

  /** Listens for clients; while the port is another program's, tries again every second. */
  void share(DirectAddress address, Optional<ServerTls> tls) {
    sharedPort = SharedPort.listen(address, Callers.clients(address, tls), loops, this);
  }

  /**
   * Takes a port of this process alone. Connections wait until {@link #accept()}.
   *
   * @return the number of the port
   * @throws IOException when the port is another program's, or the address another machine's
   */
  int listen(DirectAddress address, Optional<ServerTls> tls) throws IOException {
    ChannelFuture bound =
        server(Callers.clients(address, tls))
            .channel(loops.serverChannel())
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .bind(address.host(), address.port())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(String.valueOf(bound.cause().getMessage()), bound.cause());
    }
    ownPort = bound.channel();
    return portOf(bound.channel());
  }

  private static int portOf(Channel channel) {
    return channel.localAddress() instanceof InetSocketAddress at ? at.getPort() : 0;
  }

  /** Begins to take the connections to the port that {@link #listen} took. */
  void accept() {
    @Nullable Channel own = ownPort;
    if (own != null) {
      own.config().setAutoRead(true);
    }
  }

  /** See {@link IngressPort#listen}. */
  int listenForProxies(int wanted) {
    return ingressPort.listen(wanted);
  }

  /**
   * Begins to listen.
   *
   * @param shared whether others may listen on the port as well
   */
  ChannelFuture bind(String host, int port, boolean shared, Callers callers) {
    ServerBootstrap server =
        server(callers)
            .channel(loops.serverChannel())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true);
    if (loops.epoll() && shared) {
      server.option(UnixChannelOption.SO_REUSEPORT, true);
    }
    return server.bind(host, port);
  }

  /** Begins to listen for processes of this machine; only with {@link EventLoops#epoll}. */
  ChannelFuture bind(DomainSocketAddress address, Callers callers) {
    return server(callers).channel(loops.domainServerChannel()).bind(address);
  }

  private ServerBootstrap server(Callers callers) {
    return new ServerBootstrap()
        .group(loops.group())
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel connection) {
                accept(connection, callers);
              }
            });
  }

  /** Whether {@link #bind(DomainSocketAddress, Callers)} is possible. */
  boolean hasLocalSockets() {
    return loops.epoll();
  }

  private void accept(Channel connection, Callers callers) {
    if (connections.size() >= MAX_CONNECTIONS) {
      var unused = connection.close();
      return;
    }
    connections.add(connection);
    ConnectionHandlers.add(connection, this, callers);
  }

  /** The port for clients; 0 while there is none. */
  int port() {
    @Nullable SharedPort port = sharedPort;
    return port == null ? 0 : port.number();
  }

  DispatcherState state() {
    return state;
  }

  /** The answer to a request that has come whole. */
  CompletableFuture<HttpResponse> answer(Exchange exchange, Callers callers) {
    @Nullable HttpResponse health = healthChecks.answer(exchange, callers, draining);
    if (health != null) {
      return CompletableFuture.completedFuture(health);
    }
    IngressRequest request = exchange.request();
    return packing.pack(request, answers.to(request, operators));
  }

  /** The answer to a request that is not taken, before all of it has come. */
  HttpResponse refusal(Exchange exchange, ServingException why) {
    return answers.refusal(exchange.method().name(), exchange.path(), why, exchange.id());
  }

  ConnectionFaults faults() {
    return faults;
  }

  /** Whether connections are to be closed after the next answer. */
  boolean draining() {
    return draining;
  }

  /** Those that are open. */
  ChannelGroup connections() {
    return connections;
  }

  /**
   * Counts bytes of a body, or of an answer that is not taken at once. Throws {@code OVERLOADED},
   * with none counted, when there are too many.
   */
  void reserve(int bytes) {
    if (bodyBytes.addAndGet(bytes) > maxBodyBytes) {
      bodyBytes.addAndGet(-bytes);
      throw new ServingException(ErrorCode.OVERLOADED, "too many bodies are under way");
    }
  }

  void release(int bytes) {
    bodyBytes.addAndGet(-bytes);
  }

  /** As {@link #reserve}, of an answer that says why there is no other. */
  void count(int bytes) {
    bodyBytes.addAndGet(bytes);
  }

  /** The bytes that are counted now. */
  long heldBodyBytes() {
    return bodyBytes.get();
  }

  /**
   * Tells health checks that this Dispatcher is about to end, goes on listening for as long as
   * those who check may need, stops listening, answers what is under way and what still comes on
   * open connections, which it closes after that, and returns when all are closed or at the
   * longest.
   */
  void drain(Draining how) {
    draining = true;
    Deadline longest = Deadline.after(how.longest(), Ticker.SYSTEM);
    @Nullable SharedPort shared = sharedPort;
    if (shared != null) {
      shared.close();
    }
    @Nullable Channel own = ownPort;
    if (own != null || ingressPort.isOpen()) {
      loops
          .group()
          .schedule(() -> {}, how.lead().toMillis(), TimeUnit.MILLISECONDS)
          .awaitUninterruptibly();
      ingressPort.close();
    }
    if (own != null) {
      own.close().awaitUninterruptibly();
    }
    // A connection that is accepted meanwhile is waited for as well.
    while (!connections.isEmpty() && !longest.passed()) {
      connections.forEach(connection -> connection.pipeline().fireUserEventTriggered(how.left()));
      long look = Math.min(Draining.LOOK.toMillis(), longest.remainingMillis());
      var unused = connections.newCloseFuture().awaitUninterruptibly(look);
    }
    connections.close().awaitUninterruptibly();
    operators.shutdown();
    packing.close();
  }
}
