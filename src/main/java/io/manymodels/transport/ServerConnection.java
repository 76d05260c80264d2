package io.manymodels.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictRequest;
import io.manymodels.time.Ticker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import java.security.MessageDigest;
import java.util.List;

/** The replica's side of a connection. On its event loop only. */
// What fails comes to exceptionCaught.
@SuppressWarnings("FutureReturnValueIgnored")
final class ServerConnection extends SimpleChannelInboundHandler<ByteBuf> {
  static final String HELLO_TIMEOUT = "hello-timeout";
  static final String DECODER = "decoder";

  private static final ConnectionFaults FAULTS =
      new ConnectionFaults(
          System.getLogger(ServerConnection.class.getName()),
          System.Logger.Level.WARNING,
          Ticker.SYSTEM);

  private final PredictCalls calls;
  private final ControlServer control;
  private final byte[] token;
  private final EventLoop heartbeats;
  private boolean welcome;

  /**
   * @param heartbeats where those are answered that come over a connection of their own
   */
  ServerConnection(PredictCalls calls, ControlServer control, String token, EventLoop heartbeats) {
    this.calls = calls;
    this.control = control;
    this.token = token.getBytes(US_ASCII);
    this.heartbeats = heartbeats;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
    byte kind = frame.readByte();
    long call = frame.readLong();
    if (!welcome) {
      hello(context, kind, frame);
      return;
    }
    switch (kind) {
      case Frames.PING ->
          context.writeAndFlush(
              Frames.empty(context.alloc(), Frames.PONG, call), context.voidPromise());
      case Frames.PREDICT -> predict(context, call, frame);
      case Frames.CONTROL -> control(context, call, frame);
      case Frames.DIGEST ->
          context.writeAndFlush(
              Frames.start(context.alloc(), Frames.DIGEST_ANSWER, call, Long.BYTES)
                  .writeLong(control.digest()),
              context.voidPromise());
      default -> throw new IllegalArgumentException("a frame of kind " + kind);
    }
  }

  private void hello(ChannelHandlerContext context, byte kind, ByteBuf frame) {
    boolean forCalls = kind == Frames.HELLO;
    if ((!forCalls && kind != Frames.HEARTBEAT)
        || !MessageDigest.isEqual(token, ByteBufUtil.getBytes(frame))) {
      FAULTS.fault(context.channel(), "it does not begin with the token of this replica");
      context.close();
      return;
    }
    welcome = true;
    context.pipeline().remove(HELLO_TIMEOUT);
    if (!forCalls) {
      ServerHeartbeat.take(this, context, calls, heartbeats);
      return;
    }
    context.pipeline().replace(DECODER, DECODER, Frames.decoder(Frames.MAX_BYTES));
    context.writeAndFlush(
        Frames.empty(
            context.alloc(),
            Frames.WELCOME,
            Frames.TAKES_HEARTBEATS | Frames.TAKES_CONTROL | Frames.TAKES_SPANS),
        context.voidPromise());
  }

  private void control(ChannelHandlerContext context, long call, ByteBuf frame) {
    control.call(
        ControlCall.read(frame),
        new ControlServer.Outcome() {
          @Override
          public void answered(byte[] answer) {
            if (Frames.fits(answer.length)) {
              reply(context, Frames.CONTROL_ANSWER, call, answer);
            } else {
              failed(new ServingException(ErrorCode.INTERNAL, "the answer is too long to be sent"));
            }
          }

          @Override
          public void failed(ServingException why) {
            reply(context, Frames.CONTROL_FAILED, call, ControlReply.failure(why));
          }
        });
  }

  private static void reply(ChannelHandlerContext context, byte kind, long call, byte[] content) {
    context.writeAndFlush(
        Frames.start(context.alloc(), kind, call, content.length).writeBytes(content),
        context.voidPromise());
  }

  private void predict(ChannelHandlerContext context, long call, ByteBuf frame) {
    PredictRequest request = PredictCodec.decodeRequest(frame.nioBuffer());
    calls.predict(
        request,
        reply -> {
          ByteBuf answer = encode(context, call, reply);
          // A write from another thread is handed to the event loop; both are flushed together.
          context.writeAndFlush(answer, context.voidPromise());
        });
  }

  private static ByteBuf encode(ChannelHandlerContext context, long call, PredictReply reply) {
    byte[] content = PredictCodec.encode(reply);
    if (!Frames.fits(content.length)) {
      content =
          PredictCodec.encode(
              new Failed(
                  ErrorCode.LOAD_FAILED,
                  "the model's answer is longer than can be sent",
                  List.of()));
    }
    return Frames.start(context.alloc(), Frames.REPLY, call, content.length).writeBytes(content);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // The caller finds the connection closed; a Dispatcher that dies leaves many such connections.
    FAULTS.exception(context.channel(), cause);
    context.close();
  }
}
