package io.manymodels.transport;

import io.manymodels.routing.Predictor;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The port of a replica, for predictions and control calls: ephemeral, on the address by which Ray
 * knows the node, open to callers that know its token; without TLS also a socket for those on the
 * same machine. Thread-safe.
 */
public final class PredictServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PredictServer.class.getName());
  private static final int MAX_CONNECTIONS = 4_096;
  private static final int TOKEN_BYTES = 32;
  private static final int NAME_BYTES = 16;
  private static final int HELLO_SECONDS = 5;
  private static final int BACKLOG = 1_024;
  private static final int MAX_UNFLUSHED = 256;
  private static final WriteBufferWaterMark WATER_MARKS =
      new WriteBufferWaterMark(1 << 20, 4 << 20);

  private final Channel channel;
  private final @Nullable Channel local;
  private final Endpoint endpoint;
  private final ControlServer control;
  private final EventLoops heartbeats;
  private final ChannelGroup connections =
      new DefaultChannelGroup("predict-connections", GlobalEventExecutor.INSTANCE, true);

  private PredictServer(
      String host,
      EventLoops loops,
      Predictor predictor,
      ControlMethods methods,
      @Nullable TransportTls tls,
      Function<String, DomainSocketAddress> local) {
    this.control = new ControlServer(methods);
    this.heartbeats = loops.alike("heartbeats", 1);
    String token = random(TOKEN_BYTES);
    ChannelInitializer<Channel> accepting =
        new ChannelInitializer<>() {
          private final PredictCalls calls = new PredictCalls(predictor);

          @Override
          protected void initChannel(Channel connection) {
            accept(connection, calls, token, tls);
          }
        };
    this.channel =
        listening(loops, accepting)
            .channel(loops.serverChannel())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .bind(host, 0)
            .syncUninterruptibly()
            .channel();
    int port = ((InetSocketAddress) channel.localAddress()).getPort();
    String socket = loops.epoll() && tls == null ? "many-models-" + random(NAME_BYTES) : "";
    this.local = socket.isEmpty() ? null : bindLocal(loops, accepting, local.apply(socket));
    this.endpoint = new Endpoint(host, port, token, tls != null, local == null ? "" : socket);
  }

  private static ServerBootstrap listening(EventLoops loops, ChannelInitializer<Channel> accept) {
    return new ServerBootstrap()
        .group(loops.group())
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
        .childHandler(accept);
  }

  /** Null when this system has no such sockets: the port does for all then. */
  private static @Nullable Channel bindLocal(
      EventLoops loops, ChannelInitializer<Channel> accepting, DomainSocketAddress address) {
    ChannelFuture bound =
        listening(loops, accepting)
            .channel(loops.domainServerChannel())
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "no local socket, so processes of this machine call by the port: {0}",
          bound.cause().getMessage());
      return null;
    }
    return bound.channel();
  }

  /**
   * Listens.
   *
   * @param methods that may be called beside predictions
   * @throws RuntimeException when the address is not one of this machine
   */
  public static PredictServer start(
      String host,
      EventLoops loops,
      Predictor predictor,
      ControlMethods methods,
      Optional<TransportTls> tls) {
    return start(host, loops, predictor, methods, tls, LocalSocket::address);
  }

  /** As the other, with the address of the local socket of a name. */
  static PredictServer start(
      String host,
      EventLoops loops,
      Predictor predictor,
      ControlMethods methods,
      Optional<TransportTls> tls,
      Function<String, DomainSocketAddress> local) {
    return new PredictServer(host, loops, predictor, methods, tls.orElse(null), local);
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private void accept(
      Channel connection, PredictCalls calls, String token, @Nullable TransportTls tls) {
    if (connections.size() >= MAX_CONNECTIONS) {
      var unused = connection.close();
      return;
    }
    connections.add(connection);
    if (tls != null) {
      connection.pipeline().addLast(tls.server().newHandler(connection.alloc()));
    }
    connection
        .pipeline()
        .addLast(new FlushConsolidationHandler(MAX_UNFLUSHED, true))
        .addLast(ServerConnection.HELLO_TIMEOUT, new ReadTimeoutHandler(HELLO_SECONDS))
        .addLast(ServerConnection.DECODER, Frames.decoder(Frames.MAX_HELLO_BYTES))
        .addLast(new ServerConnection(calls, control, token, heartbeats.all().get(0)));
  }

  /** For those who are to call. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Those that are open. */
  ChannelGroup connections() {
    return connections;
  }

  /** How many of them are for heartbeats, and answered by the thread that is for these. */
  long beating() {
    EventLoop beating = heartbeats.all().get(0);
    return connections.stream()
        .filter(each -> each.isRegistered() && each.eventLoop() == beating)
        .count();
  }

  /** Stops listening, and closes all connections: calls under way go elsewhere. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    if (local != null) {
      local.close().awaitUninterruptibly();
    }
    connections.close().awaitUninterruptibly();
    control.close();
    heartbeats.close();
  }
}
