package io.manymodels.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.flush.FlushConsolidationHandler;

/**
 * The replica's side of a connection for heartbeats. On the thread for heartbeats only, which
 * predicts nothing: so it answers while the others are busy, and does not when the process is
 * stopped.
 */
// What fails comes to exceptionCaught.
@SuppressWarnings("FutureReturnValueIgnored")
final class ServerHeartbeat extends SimpleChannelInboundHandler<ByteBuf> {
  private static final System.Logger LOG = System.getLogger(ServerHeartbeat.class.getName());

  private final PredictCalls calls;

  private ServerHeartbeat(PredictCalls calls) {
    this.calls = calls;
  }

  /** Moves a connection that has sent the token to the thread for heartbeats. */
  static void take(
      ServerConnection greeted,
      ChannelHandlerContext context,
      PredictCalls calls,
      EventLoop heartbeats) {
    Channel channel = context.channel();
    channel.pipeline().remove(FlushConsolidationHandler.class);
    channel.pipeline().replace(greeted, null, new ServerHeartbeat(calls));
    channel.deregister().addListener(gone -> move(channel, heartbeats));
  }

  private static void move(Channel channel, EventLoop heartbeats) {
    if (heartbeats.isShuttingDown()) {
      channel.unsafe().close(channel.unsafe().voidPromise());
      return;
    }
    heartbeats
        .register(channel)
        .addListener(
            moved -> {
              if (moved.isSuccess()) {
                channel.writeAndFlush(
                    Frames.empty(channel.alloc(), Frames.WELCOME, 0), channel.voidPromise());
              }
            });
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
    byte kind = frame.readByte();
    if (kind != Frames.PING) {
      throw new IllegalArgumentException("a frame of kind " + kind + " among heartbeats");
    }
    context.writeAndFlush(
        Frames.empty(context.alloc(), Frames.PONG, calls.begun()), context.voidPromise());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.log(System.Logger.Level.DEBUG, "a connection for heartbeats", cause);
    context.close();
  }
}
