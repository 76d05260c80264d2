package io.manymodels.calls;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.function.Consumer;

/** Calls {@link FramedEcho} over one connection, on which any number of calls may be under way. */
final class FramedCaller implements Caller {
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Answers answers = new Answers();
  private final Channel channel;

  FramedCaller(int port) {
    channel =
        new Bootstrap()
            .group(group)
            .channel(EpollSocketChannel.class)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel fresh) {
                    fresh
                        .pipeline()
                        .addLast(new LengthFieldBasedFrameDecoder(FramedEcho.MAX_FRAME, 0, 4, 0, 0))
                        .addLast(answers);
                  }
                })
            .connect("127.0.0.1", port)
            .syncUninterruptibly()
            .channel();
  }

  @Override
  public void call(byte[] frame, Consumer<byte[]> done) {
    if (channel.eventLoop().inEventLoop()) {
      // Flushed with all others that what was just read has led to.
      answers.send(channel, frame, done);
    } else {
      channel
          .eventLoop()
          .execute(
              () -> {
                answers.send(channel, frame, done);
                channel.flush();
              });
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully().syncUninterruptibly();
  }

  /** Callers by the number of the call they wait for. Confined to the event loop. */
  private static final class Answers extends ChannelInboundHandlerAdapter {
    private final LongObjectMap<Consumer<byte[]>> waiting = new LongObjectHashMap<>();
    private long last;

    void send(Channel channel, byte[] frame, Consumer<byte[]> done) {
      waiting.put(++last, done);
      ByteBuf out = channel.alloc().directBuffer(12 + frame.length);
      out.writeInt(8 + frame.length).writeLong(last).writeBytes(frame);
      channel.write(out, channel.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf in = (ByteBuf) message;
      Consumer<byte[]> done = waiting.remove(in.skipBytes(4).readLong());
      byte[] frame = new byte[in.readableBytes()];
      in.readBytes(frame).release();
      done.accept(frame);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      waiting.values().forEach(done -> done.accept(null));
      waiting.clear();
    }
  }
}
