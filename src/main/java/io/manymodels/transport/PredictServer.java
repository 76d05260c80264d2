package io.manymodels.transport;

import io.manymodels.routing.Predictor;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The port of a replica that predicts: ephemeral, on the address by which Ray knows the node, open
 * to those who know its token. Thread-safe.
 */
public final class PredictServer implements AutoCloseable {
  private static final int MOST_CONNECTIONS = 4_096;
  private static final int TOKEN_BYTES = 32;
  private static final int HELLO_SECONDS = 5;
  private static final int BACKLOG = 1_024;
  private static final int MOST_UNFLUSHED = 256;
  private static final WriteBufferWaterMark WATER_MARKS =
      new WriteBufferWaterMark(1 << 20, 4 << 20);

  private final Channel channel;
  private final Endpoint endpoint;
  private final ChannelGroup connections =
      new DefaultChannelGroup("predict-connections", GlobalEventExecutor.INSTANCE, true);

  private PredictServer(
      String host, EventLoops loops, Predictor predictor, @Nullable TransportTls tls) {
    String token = newToken();
    PredictCalls calls = new PredictCalls(predictor);
    this.channel =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    accept(connection, calls, token, tls);
                  }
                })
            .bind(host, 0)
            .syncUninterruptibly()
            .channel();
    int port = ((InetSocketAddress) channel.localAddress()).getPort();
    this.endpoint = new Endpoint(host, port, token, tls != null);
  }

  /**
   * Listens.
   *
   * @throws RuntimeException when the address is not one of this machine
   */
  public static PredictServer start(
      String host, EventLoops loops, Predictor predictor, Optional<TransportTls> tls) {
    return new PredictServer(host, loops, predictor, tls.orElse(null));
  }

  private static String newToken() {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private void accept(
      Channel connection, PredictCalls calls, String token, @Nullable TransportTls tls) {
    if (connections.size() >= MOST_CONNECTIONS) {
      var unused = connection.close();
      return;
    }
    connections.add(connection);
    if (tls != null) {
      connection.pipeline().addLast(tls.server().newHandler(connection.alloc()));
    }
    connection
        .pipeline()
        .addLast(new FlushConsolidationHandler(MOST_UNFLUSHED, true))
        .addLast(ServerConnection.HELLO_TIMEOUT, new ReadTimeoutHandler(HELLO_SECONDS))
        .addLast(ServerConnection.DECODER, Frames.decoder(Frames.LONGEST_HELLO))
        .addLast(new ServerConnection(calls, token));
  }

  /** For those who are to call. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Those that are open. */
  ChannelGroup connections() {
    return connections;
  }

  /** Stops listening, and closes all connections: calls under way go elsewhere. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly();
  }
}
