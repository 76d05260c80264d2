package io.manymodels.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import org.jspecify.annotations.Nullable;

/**
 * The caller's side of a connection for heartbeats, beside one for calls and on the same event
 * loop. When this one ends, that one does without.
 */
// What fails comes to exceptionCaught.
@SuppressWarnings("FutureReturnValueIgnored")
final class Heartbeat extends SimpleChannelInboundHandler<ByteBuf> {
  private static final System.Logger LOG = System.getLogger(Heartbeat.class.getName());

  private final String token;
  private final SignsOfLife life;
  private @Nullable ChannelHandlerContext context;

  Heartbeat(String token, SignsOfLife life) {
    this.token = token;
    this.life = life;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    byte[] secret = token.getBytes(US_ASCII);
    active.writeAndFlush(
        Frames.start(active.alloc(), Frames.HEARTBEAT, 0, secret.length).writeBytes(secret),
        active.voidPromise());
  }

  @Override
  protected void channelRead0(ChannelHandlerContext from, ByteBuf frame) {
    byte kind = frame.readByte();
    switch (kind) {
      case Frames.WELCOME -> life.begin(this);
      case Frames.PONG -> life.beats(frame.readLong());
      default -> throw new IllegalArgumentException("a frame of kind " + kind);
    }
  }

  /** Asks for a sign of life. */
  void ask() {
    if (context != null) {
      context.writeAndFlush(Frames.empty(context.alloc(), Frames.PING, 0), context.voidPromise());
    }
  }

  void close() {
    if (context != null) {
      context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext gone) {
    context = null;
    life.end(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
    LOG.log(System.Logger.Level.DEBUG, "a connection for heartbeats", cause);
    from.close();
  }
}
