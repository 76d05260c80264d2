package io.manymodels.calls;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.net.InetSocketAddress;

/**
 * A lean framed protocol on Netty: a length of four bytes, the number of the call in eight, and
 * what is sent; the answer has the call's number.
 */
final class FramedEcho implements Echoing {
  static final int MAX_FRAME = 1 << 20;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final int port;

  FramedEcho() {
    InetSocketAddress address =
        (InetSocketAddress)
            new ServerBootstrap()
                .group(group)
                .channel(EpollServerSocketChannel.class)
                .childHandler(
                    new ChannelInitializer<SocketChannel>() {
                      @Override
                      protected void initChannel(SocketChannel fresh) {
                        fresh
                            .pipeline()
                            .addLast(new LengthFieldBasedFrameDecoder(MAX_FRAME, 0, 4, 0, 0))
                            .addLast(new Back());
                      }
                    })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel()
                .localAddress();
    port = address.getPort();
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public void close() {
    group.shutdownGracefully().syncUninterruptibly();
  }

  /** Sends back the frames as they are, those that came together in one go. */
  private static final class Back extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.write(message, context.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }
  }
}
