package io.manymodels.calls;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;

/** An HTTP server of Netty's codec and nothing else. */
final class NettyHttpEcho implements Echoing {
  static final int EVENT_LOOPS = 2;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(EVENT_LOOPS, EpollIoHandler.newFactory());
  private final int port;

  NettyHttpEcho() {
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
                            .addLast(new HttpServerCodec())
                            .addLast(new HttpObjectAggregator(FramedEcho.MAX_FRAME))
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

  private static final class Back extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      ByteBuf body = request.content().retain();
      FullHttpResponse response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
          .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
      context.writeAndFlush(response, context.voidPromise());
    }
  }
}
