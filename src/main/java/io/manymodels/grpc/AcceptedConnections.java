package io.manymodels.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Makes the channel that listens, and closes connections to it above a limit, which gRPC's server
 * has none of. Thread-safe.
 */
@Sharable
final class AcceptedConnections extends ChannelInboundHandlerAdapter
    implements ChannelFactory<ServerChannel> {
  private final ChannelFactory<? extends ServerChannel> channels;
  private final int most;
  private final ChannelGroup open =
      new DefaultChannelGroup("grpc-connections", GlobalEventExecutor.INSTANCE, true);
  private volatile @Nullable ServerChannel listening;

  /**
   * Listens by channels of this type.
   *
   * @param most connections that are open at a time
   */
  AcceptedConnections(Class<? extends ServerChannel> type, int most) {
    this.channels = new ReflectiveChannelFactory<>(type);
    this.most = most;
  }

  @Override
  public ServerChannel newChannel() {
    ServerChannel channel = channels.newChannel();
    channel.pipeline().addLast(this);
    listening = channel;
    return channel;
  }

  /** Begins to take connections, if the channel was made not to read by itself. */
  void accept() {
    @Nullable ServerChannel channel = listening;
    if (channel != null) {
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof Channel connection) {
      if (open.size() >= most) {
        connection.unsafe().closeForcibly();
        return;
      }
      open.add(connection);
    }
    context.fireChannelRead(message);
  }
}
