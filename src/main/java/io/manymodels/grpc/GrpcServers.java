package io.manymodels.grpc;

import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.manymodels.access.Gate;
import io.manymodels.measuring.Measurements;
import io.manymodels.observing.RequestObserver;
import io.manymodels.protocol.v2.V2Models;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Makes gRPC's server, with its services and limits. Thread-safe. */
final class GrpcServers {
  private static final int MAX_CONNECTIONS = 10_000;
  private static final int MAX_CALLS_PER_CONNECTION = 128;
  private static final int MAX_HEAD_BYTES = 32_768;
  private static final int BACKLOG = 1_024;

  /** A client that cancels more calls attacks (CVE-2023-44487), or should keep to its deadlines. */
  private static final int MAX_RESETS = 200;

  private static final Duration RESETS_WINDOW = Duration.ofSeconds(10);

  /** A client that pings more often is cut off. Users of tritonclient set ten seconds. */
  private static final Duration LEAST_PING_INTERVAL = Duration.ofSeconds(5);

  private static final Duration PING = Duration.ofSeconds(60);
  private static final Duration PING_ANSWER = Duration.ofSeconds(20);
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);

  /** The part of the heap that messages under way may take together. */
  private static final double MESSAGES_SHARE_OF_HEAP = 0.25;

  private final GrpcAddress address;
  private final Gate gate;
  private final EventLoops loops;
  private final RequestObserver observer;
  private final Optional<SslContext> tls;
  private final MessageBudget budget =
      new MessageBudget(
          (long) (Runtime.getRuntime().maxMemory() * MESSAGES_SHARE_OF_HEAP), Ticker.SYSTEM);
  private final ScheduledFuture<?> cuttingOff;
  private final HealthStatusManager health = new HealthStatusManager();
  private final AcceptedConnections connections;
  private final InferenceService inference;
  private final CallCounts counts;
  private volatile boolean ending;

  GrpcServers(
      GrpcAddress address,
      V2Models models,
      Gate gate,
      EventLoops loops,
      RequestObserver observer,
      Executor blocking,
      Optional<SslContext> tls,
      Measurements measurements) {
    this.observer = observer;
    this.address = address;
    this.gate = gate;
    this.loops = loops;
    this.tls = tls;
    this.connections = new AcceptedConnections(loops.serverChannel(), MAX_CONNECTIONS);
    this.counts = new CallCounts(measurements);
    this.inference =
        new InferenceService(
            models, loops, address.receipt(), blocking, budget, counts, () -> ending);
    health.setStatus(InferenceService.NAME, ServingStatus.SERVING);
    this.cuttingOff =
        loops
            .clock()
            .scheduleWithFixedDelay(
                () -> budget.endStalled(address.receipt()), 1, 1, TimeUnit.SECONDS);
  }

  /**
   * Starts a server. Blocks until it listens.
   *
   * @param shared whether others may listen on the port as well
   * @param accepting whether connections are taken from now on, not after {@link #accept}
   * @throws IOException when the port is another program's
   */
  Server start(boolean shared, boolean accepting) throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(address.host(), address.port()))
            .channelFactory(connections)
            .bossEventLoopGroup(loops.group())
            .workerEventLoopGroup(loops.group())
            .directExecutor()
            .withOption(ChannelOption.SO_BACKLOG, BACKLOG)
            .withOption(ChannelOption.SO_REUSEADDR, true)
            .withOption(ChannelOption.AUTO_READ, accepting)
            .withChildOption(ChannelOption.TCP_NODELAY, true);
    if (shared && loops.epoll()) {
      builder.withOption(UnixChannelOption.SO_REUSEPORT, true);
    }
    tls.ifPresent(builder::sslContext);
    limit(builder);
    builder
        .decompressorRegistry(CallCompression.decompressors())
        .compressorRegistry(CallCompression.compressors())
        .addStreamTracerFactory(budget)
        .intercept(new GateInterceptor(gate, loops, observer, counts))
        .intercept(budget.interceptor())
        .addService(inference.definition())
        .addService(health.getHealthService());
    if (address.reflection()) {
      addReflection(builder);
    }
    return builder.build().start();
  }

  /** In both versions: Python's grpcio-reflection knows the first one only. */
  @SuppressWarnings("deprecation")
  private static void addReflection(NettyServerBuilder builder) {
    builder
        .addService(ProtoReflectionServiceV1.newInstance())
        .addService(ProtoReflectionService.newInstance());
  }

  private void limit(NettyServerBuilder builder) {
    builder
        .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
        .maxInboundMessageSize(address.maxMessageBytes())
        .maxInboundMetadataSize(MAX_HEAD_BYTES)
        .maxRstFramesPerWindow(MAX_RESETS, (int) RESETS_WINDOW.toSeconds())
        .permitKeepAliveTime(LEAST_PING_INTERVAL.toSeconds(), TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true)
        .keepAliveTime(PING.toSeconds(), TimeUnit.SECONDS)
        .keepAliveTimeout(PING_ANSWER.toSeconds(), TimeUnit.SECONDS)
        .handshakeTimeout(HANDSHAKE.toSeconds(), TimeUnit.SECONDS)
        .maxConnectionIdle(address.idle().toSeconds(), TimeUnit.SECONDS)
        .maxConnectionAge(address.age().toSeconds(), TimeUnit.SECONDS);
  }

  /** Begins to take connections, if a server was started not to. */
  void accept() {
    connections.accept();
  }

  /** From now on health checks fail. */
  void beginToEnd() {
    ending = true;
    health.enterTerminalState();
  }

  /** All calls have ended. */
  void close() {
    cuttingOff.cancel(false);
  }

  /** Ends streams as soon as what they have asked is answered. */
  void drainStreams() {
    inference.drainStreams();
  }
}
