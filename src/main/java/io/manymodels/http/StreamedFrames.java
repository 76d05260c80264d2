package io.manymodels.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;

/** Hands the frames of a client to its connection. Thread-confined. */
final class StreamedFrames extends Http2EventAdapter {
  private final MultiplexedConnection connection;

  StreamedFrames(MultiplexedConnection connection) {
    this.connection = connection;
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context, int stream, Http2Headers headers, int padding, boolean last)
      throws Http2Exception {
    connection.begin(context, stream, headers, last);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int stream,
      Http2Headers headers,
      int dependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean last)
      throws Http2Exception {
    connection.begin(context, stream, headers, last);
  }

  /** All is taken at once, so the client may send as much again. */
  @Override
  public int onDataRead(
      ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean last) {
    int taken = data.readableBytes() + padding;
    connection.receive(context, stream, data, last);
    return taken;
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings)
      throws Http2Exception {
    connection.countControlFrame();
  }

  /** What we have told the client applies from now on, to Netty as well. */
  @Override
  public void onSettingsAckRead(ChannelHandlerContext context) {
    connection.allowStreams();
  }

  @Override
  public void onPingRead(ChannelHandlerContext context, long data) throws Http2Exception {
    connection.countControlFrame();
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext context, int stream, int dependency, short weight, boolean exclusive)
      throws Http2Exception {
    connection.countControlFrame();
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext context, byte type, int stream, Http2Flags flags, ByteBuf payload)
      throws Http2Exception {
    connection.countControlFrame();
  }
}
