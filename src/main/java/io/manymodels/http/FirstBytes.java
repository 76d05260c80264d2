package io.manymodels.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Tells by the first bytes of a connection whether its client speaks HTTP/2: the preface of RFC
 * 9113, 3.4, with TLS or by prior knowledge. Then it puts the handler of HTTP/2 in the place of
 * those of HTTP/1.1, which stay otherwise, and is gone. Thread-confined.
 */
final class FirstBytes extends ChannelInboundHandlerAdapter {
  private static final ByteBuf PREFACE =
      Unpooled.unreleasableBuffer(Http2CodecUtil.connectionPrefaceBuf()).asReadOnly();

  private final DirectIngress ingress;
  private final Callers callers;

  /** What may still become a preface; shorter than one. */
  private @Nullable ByteBuf beginning;

  FirstBytes(DirectIngress ingress, Callers callers) {
    this.ingress = ingress;
    this.callers = callers;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      context.fireChannelRead(message);
      return;
    }
    @Nullable ByteBuf before = beginning;
    ByteBuf all = before == null ? bytes : Unpooled.wrappedBuffer(before, bytes);
    beginning = null;
    int compared = Math.min(all.readableBytes(), PREFACE.readableBytes());
    if (!isBeginningOfPreface(all, compared)) {
      goOn(context, all);
    } else if (compared < PREFACE.readableBytes()) {
      beginning = all;
    } else {
      changeProtocol(context.pipeline());
      goOn(context, all);
    }
  }

  private static boolean isBeginningOfPreface(ByteBuf bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != PREFACE.getByte(i)) {
        return false;
      }
    }
    return true;
  }

  private void goOn(ChannelHandlerContext context, ByteBuf bytes) {
    context.pipeline().remove(this);
    context.fireChannelRead(bytes);
  }

  private void changeProtocol(ChannelPipeline pipeline) {
    pipeline.remove(HttpRequestDecoder.class);
    pipeline.remove(HttpResponseEncoder.class);
    pipeline.remove(DirectConnection.class);
    pipeline.addLast(Http2Limits.connection(ingress, callers));
  }

  /** What came may be the whole of a request that is none. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    @Nullable ByteBuf before = beginning;
    if (event == ChannelInputShutdownEvent.INSTANCE && before != null) {
      beginning = null;
      goOn(context, before);
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    ReferenceCountUtil.release(beginning);
    beginning = null;
  }
}
