package io.manymodels.http;

import io.manymodels.http.Draining.Left;
import io.manymodels.http.StreamedRequest.State;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.HttpConversionUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client to the direct port by HTTP/2 (RFC 9113): many requests at a time, each
 * received and answered as one of HTTP/1.1 is. On its event loop only.
 *
 * <p>What it may hold is bounded: {@link Http2Limits#MAX_STREAMS} requests and their answers, whose
 * bytes count among those that all bodies may take. While much is not taken, further requests wait.
 */
// What fails comes to exceptionCaught or closes the stream.
@SuppressWarnings("FutureReturnValueIgnored")
final class MultiplexedConnection extends Http2ConnectionHandler {
  private final DirectIngress ingress;
  private final Callers callers;
  private final PropertyKey request;
  private final StreamedAnswers answers;
  private final UntakenAnswers untaken = new UntakenAnswers();
  private @Nullable ScheduledFuture<?> checks;
  private @Nullable Deadline goneAway;
  private boolean inputEnded;
  private int controlFrames;

  /** By when a request must have begun, while there is none. */
  private Deadline due;

  MultiplexedConnection(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      DirectIngress ingress,
      Callers callers) {
    super(decoder, encoder, settings, true);
    this.ingress = ingress;
    this.callers = callers;
    this.due = Deadline.after(callers.receipt(), Ticker.SYSTEM);
    this.request = connection().newKey();
    this.answers = new StreamedAnswers(this, request, ingress, callers);
    allowStreams();
    decoder.frameListener(new StreamedFrames(this));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) throws Exception {
    super.handlerAdded(context);
    connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamClosed(Http2Stream stream) {
                closed(context, stream);
              }
            });
    checks = UntakenAnswers.watch(context, () -> check(context));
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
    if (checks != null) {
      checks.cancel(false);
    }
    super.handlerRemoved0(context);
  }

  private void check(ChannelHandlerContext context) {
    controlFrames = 0;
    if (untaken.look(context.channel()) == UntakenAnswers.Progress.STALLED) {
      ingress.faults().fault(context.channel(), "the answers are not taken");
      context.close();
    } else if (connection().numActiveStreams() == 0) {
      if (due.passed()) {
        end(context);
      }
    } else {
      forEachRequest(each -> checkDue(context, each));
      flush(context);
    }
  }

  private void checkDue(ChannelHandlerContext context, StreamedRequest current) {
    if (current.isLate()) {
      String late = "the request body did not arrive in time";
      answers.refuse(context, current, new ServingException(ErrorCode.DEADLINE_EXCEEDED, late));
    } else if (current.isStalled()) {
      answers.reset(context, current, Http2Error.CANCEL);
    }
  }

  /**
   * Lets Netty count more streams than the client is told that it may have. Netty would not keep
   * those beyond, and end the connection at the next frame of one: but a client that has not read
   * our settings yet does nothing wrong (RFC 9113, 5.1.2).
   */
  void allowStreams() {
    connection().remote().maxActiveStreams(Integer.MAX_VALUE);
  }

  /** Refuses more frames that ask for nothing than a good client ever sends. */
  void countControlFrame() throws Http2Exception {
    controlFrames++;
    if (controlFrames > Http2Limits.MAX_CONTROL_FRAMES) {
      throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many control frames");
    }
  }

  /** A head has come, or the trailers after a body. */
  void begin(ChannelHandlerContext context, int stream, Http2Headers headers, boolean last)
      throws Http2Exception {
    @Nullable StreamedRequest known = answers.requestOf(connection().stream(stream));
    if (known != null) {
      if (last) {
        receive(context, stream, Unpooled.EMPTY_BUFFER, true);
      }
      return;
    }
    if (connection().numActiveStreams() > Http2Limits.MAX_STREAMS) {
      resetStream(context, stream, Http2Error.REFUSED_STREAM.code(), context.newPromise());
      return;
    }
    HttpRequest head = HttpConversionUtil.toHttpRequest(stream, headers, false);
    StreamedRequest begun = new StreamedRequest(stream, new Exchange(head), callers.receipt());
    connection().stream(stream).setProperty(request, begun);
    try {
      begun.exchange().checkLength(ingress.state().bodyLimit());
      if (last) {
        answers.complete(context, begun);
      } else if (HttpUtil.is100ContinueExpected(head)) {
        Http2Headers goOn = DirectResponse.goOnStreamed();
        encoder().writeHeaders(context, stream, goOn, 0, false, context.newPromise());
      }
    } catch (ServingException e) {
      answers.refuse(context, begun, e);
    }
  }

  /** A part of a body has come. What belongs to no request is dropped. */
  void receive(ChannelHandlerContext context, int stream, ByteBuf part, boolean last) {
    @Nullable StreamedRequest current = answers.requestOf(connection().stream(stream));
    if (current == null || !current.is(State.RECEIVING)) {
      return;
    }
    try {
      int bytes = part.readableBytes();
      if (bytes > 0) {
        ingress.reserve(bytes);
        current.exchange().append(part, ingress.state().bodyLimit());
      }
      if (last) {
        answers.complete(context, current);
      }
    } catch (ServingException e) {
      answers.refuse(context, current, e);
    }
  }

  private void closed(ChannelHandlerContext context, Http2Stream stream) {
    due = Deadline.after(callers.idle(), Ticker.SYSTEM);
    @Nullable StreamedRequest gone = answers.requestOf(stream);
    if (gone != null) {
      gone.stop();
    }
    if (gone != null && !gone.is(State.ANSWERING)) {
      // One that is being answered still uses its body.
      answers.forget(gone);
      gone.release(ingress);
    }
    if (inputEnded && connection().numActiveStreams() == 0) {
      // After what is being written just now.
      context.executor().execute(() -> end(context));
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      endInput(context);
    } else if (event instanceof Left) {
      goAway(context);
    } else {
      super.userEventTriggered(context, event);
    }
  }

  /** What is half there is never completed any more; what is whole is answered. */
  private void endInput(ChannelHandlerContext context) {
    inputEnded = true;
    forEachRequest(
        each -> {
          if (each.is(State.RECEIVING)) {
            answers.reset(context, each, Http2Error.CANCEL);
          }
        });
    if (connection().numActiveStreams() == 0) {
      end(context);
    }
  }

  /** Tells the client to go elsewhere; ends once what it had sent by then is answered. */
  private void goAway(ChannelHandlerContext context) {
    if (goneAway == null) {
      goneAway = Deadline.after(Draining.OPENING, Ticker.SYSTEM);
      // No request is cut off: those that are on their way are still taken (RFC 9113, 6.8).
      goAway(context, Integer.MAX_VALUE);
    } else if (goneAway.passed() && connection().numActiveStreams() == 0) {
      end(context);
    }
  }

  private void goAway(ChannelHandlerContext context, int lastStream) {
    long code = Http2Error.NO_ERROR.code();
    goAway(context, lastStream, code, Unpooled.EMPTY_BUFFER, context.newPromise());
    flush(context);
  }

  private void end(ChannelHandlerContext context) {
    if (context.channel().isActive()) {
      goAway(context, connection().remote().lastStreamCreated());
    }
    context.close();
  }

  private void forEachRequest(Consumer<StreamedRequest> action) {
    try {
      connection()
          .forEachActiveStream(
              stream -> {
                @Nullable StreamedRequest each = answers.requestOf(stream);
                if (each != null) {
                  action.accept(each);
                }
                return true;
              });
    } catch (Http2Exception e) {
      throw new IllegalStateException("nothing here throws it", e);
    }
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext context,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception known) {
    if (known == null) {
      ingress.faults().exception(context.channel(), cause);
    } else {
      ingress.faults().fault(context.channel(), "HTTP/2: " + known.getMessage());
    }
    super.onConnectionError(context, outbound, cause, known);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    ingress.faults().exception(context.channel(), cause);
    context.close();
  }
}
