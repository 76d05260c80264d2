package io.manymodels.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.flush.FlushConsolidationHandler;
import java.util.Optional;
import java.util.function.Supplier;

/** Connects to endpoints. Thread-safe. */
final class Connector {
  private static final int CONNECT_TIMEOUT_MILLIS = 1_000;
  private static final int MAX_UNFLUSHED = 256;

  private final EventLoops loops;
  private final Optional<TransportTls> tls;

  Connector(EventLoops loops, Optional<TransportTls> tls) {
    this.loops = loops;
    this.tls = tls;
  }

  /**
   * Starts to connect; {@code failed} is run when that fails before the connection is open.
   *
   * @param connection makes the handler of the connection: one for each try
   */
  void connect(
      Endpoint endpoint,
      EventLoop loop,
      Supplier<? extends ChannelHandler> connection,
      Runnable failed) {
    if (endpoint.tls() && tls.isEmpty()) {
      failed.run();
    } else if (endpoint.socket().isEmpty() || !loops.epoll()) {
      connectByPort(endpoint, loop, connection.get(), failed);
    } else {
      // The name is random: where such a socket is, it is this replica's. On other machines it
      // fails at once.
      bootstrap(endpoint, loop, connection.get())
          .channel(loops.domainSocketChannel())
          .connect(LocalSocket.address(endpoint.socket()))
          .addListener(
              connected -> {
                if (!connected.isSuccess()) {
                  connectByPort(endpoint, loop, connection.get(), failed);
                }
              });
    }
  }

  private void connectByPort(
      Endpoint endpoint, EventLoop loop, ChannelHandler connection, Runnable failed) {
    bootstrap(endpoint, loop, connection)
        .channel(loops.socketChannel())
        .option(ChannelOption.TCP_NODELAY, true)
        .connect(endpoint.host(), endpoint.port())
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                failed.run();
              }
            });
  }

  private Bootstrap bootstrap(Endpoint endpoint, EventLoop loop, ChannelHandler connection) {
    return new Bootstrap()
        .group(loop)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                if (endpoint.tls()) {
                  channel
                      .pipeline()
                      .addLast(tls.orElseThrow().client().newHandler(channel.alloc()));
                }
                channel
                    .pipeline()
                    .addLast(new FlushConsolidationHandler(MAX_UNFLUSHED, true))
                    .addLast(Frames.decoder(Frames.MAX_BYTES))
                    .addLast(connection);
              }
            });
  }
}
