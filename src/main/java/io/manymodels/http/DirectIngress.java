package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
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
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The Dispatcher's own HTTP/1.1 port: the routes, limits and errors of the path through Ray's
 * proxy, without its cost. A /score is read, passed on and answered by one event loop. Thread-safe.
 *
 * <p>The Dispatchers of a node listen on one port together (SO_REUSEPORT), so the system spreads
 * connections over them, and a new one listens before the old one has gone.
 */
final class DirectIngress {
  private static final System.Logger LOG = System.getLogger(DirectIngress.class.getName());
  private static final int MAX_CONNECTIONS = 10_000;
  private static final int MAX_LINE_BYTES = 8_192;
  private static final int MAX_HEAD_BYTES = 32_768;
  private static final int MAX_CHUNK_BYTES = 65_536;
  private static final int BACKLOG = 1_024;
  private static final int OPERATOR_THREADS = 8;
  private static final int OPERATOR_QUEUE = 64;

  /** The part of the heap that bodies under way may take together. */
  private static final double BODIES_SHARE_OF_HEAP = 0.25;

  /** Answers that a client has not taken, in bytes: above the second it is not read from. */
  private static final WriteBufferWaterMark WATER_MARKS =
      new WriteBufferWaterMark(8 << 10, 32 << 10);

  private static final Duration BIND_AGAIN = Duration.ofSeconds(1);

  /** Under Serve's graceful_shutdown_timeout_s. */
  private static final Duration MAX_DRAIN = Duration.ofSeconds(8);

  private final DirectAddress address;
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
  private volatile @Nullable Channel listening;
  private volatile boolean draining;

  private DirectIngress(
      DirectAddress address, EventLoops loops, Answers answers, DispatcherState state) {
    this.address = address;
    this.loops = loops;
    this.answers = answers;
    this.state = state;
    this.healthChecks = new HealthChecks(state);
    this.operators = BoundedPool.of("operator-requests", OPERATOR_THREADS, OPERATOR_QUEUE);
  }

  /** Listens; while the port is another program's, tries again every second. */
  static DirectIngress start(
      DirectAddress address, EventLoops loops, Answers answers, DispatcherState state) {
    DirectIngress ingress = new DirectIngress(address, loops, answers, state);
    ChannelFuture bound = ingress.bind().awaitUninterruptibly();
    if (bound.isSuccess()) {
      // The listener may run a moment later.
      ingress.listening = bound.channel();
    }
    return ingress;
  }

  private ChannelFuture bind() {
    ServerBootstrap server =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    accept(connection);
                  }
                });
    if (loops.epoll() && address.port() != 0) {
      server.option(UnixChannelOption.SO_REUSEPORT, true);
    }
    return server.bind(address.host(), address.port()).addListener(this::bound);
  }

  private void bindAgain() {
    var unused = bind();
  }

  private void bound(io.netty.util.concurrent.Future<? super Void> result) {
    if (result.isSuccess()) {
      Channel channel = ((ChannelFuture) result).channel();
      listening = channel;
      LOG.log(System.Logger.Level.INFO, "listening on {0}", channel.localAddress());
      if (draining) {
        var unused = channel.close();
      }
    } else if (!draining) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot listen on {0}:{1} yet: {2}",
          address.host(),
          String.valueOf(address.port()),
          result.cause().getMessage());
      var unused =
          loops.group().schedule(this::bindAgain, BIND_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void accept(Channel connection) {
    if (connections.size() >= MAX_CONNECTIONS) {
      var unused = connection.close();
      return;
    }
    connections.add(connection);
    HttpDecoderConfig limits =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEAD_BYTES)
            .setMaxChunkSize(MAX_CHUNK_BYTES);
    connection
        .pipeline()
        .addLast(new HttpRequestDecoder(limits))
        .addLast(new HttpResponseEncoder())
        .addLast(new DirectConnection(this));
  }

  /** The port; 0 while it is not listening. */
  int port() {
    @Nullable Channel channel = listening;
    return channel == null || !(channel.localAddress() instanceof InetSocketAddress at)
        ? 0
        : at.getPort();
  }

  Answers answers() {
    return answers;
  }

  DispatcherState state() {
    return state;
  }

  /** The answer to a health check; null when the request is none. */
  @Nullable HttpResponse health(Exchange exchange) {
    return healthChecks.answer(
        exchange.method().name(), exchange.target(), exchange.id(), draining);
  }

  ConnectionFaults faults() {
    return faults;
  }

  /** After which a connection without a request is closed. */
  Duration idle() {
    return address.idle();
  }

  Executor operators() {
    return operators;
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
   * Counts bytes of a body. Throws {@code OVERLOADED}, with none counted, when there are too many.
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

  /**
   * Stops listening, answers what is under way and what still comes on open connections, which it
   * closes after that, and returns when all are closed or after eight seconds.
   */
  void drain() {
    draining = true;
    @Nullable Channel channel = listening;
    if (channel != null) {
      channel.close().awaitUninterruptibly();
    }
    Deadline longest = Deadline.after(MAX_DRAIN, Ticker.SYSTEM);
    // A connection that is accepted meanwhile is waited for as well.
    while (!connections.isEmpty() && !longest.passed()) {
      var unused = connections.newCloseFuture().awaitUninterruptibly(longest.remainingMillis());
    }
    connections.close().awaitUninterruptibly();
    operators.shutdown();
  }
}
