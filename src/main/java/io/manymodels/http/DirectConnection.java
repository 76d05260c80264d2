package io.manymodels.http;

import static io.manymodels.http.ConnectionState.ANSWERING;
import static io.manymodels.http.ConnectionState.IDLE;
import static io.manymodels.http.ConnectionState.OVER;
import static io.manymodels.http.ConnectionState.RECEIVING;

import io.manymodels.http.Draining.Left;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client to the direct port by HTTP/1.1: one request at a time, in the order in
 * which they came. On its event loop only.
 *
 * <p>It reads only while the client takes its answers and has not sent too much ahead, so what a
 * connection may hold is bounded: one request, {@link RequestsAhead}, and the answers below the
 * channel's high water mark plus one.
 */
// What fails comes to exceptionCaught.
@SuppressWarnings("FutureReturnValueIgnored")
final class DirectConnection extends ChannelInboundHandlerAdapter {
  /** How long a refused body is read on: closing at once could reset the connection first. */
  private static final long LINGER_SECONDS = 2;

  private final DirectIngress ingress;
  private final Callers callers;
  private final RequestsAhead ahead = new RequestsAhead();
  private final UntakenAnswers untaken = new UntakenAnswers();
  private ConnectionState state = IDLE;
  private @Nullable Exchange exchange;
  private @Nullable LiveAnswer live;
  private @Nullable ScheduledFuture<?> checks;
  private final Deadline opening = Deadline.after(Draining.OPENING, Ticker.SYSTEM);

  /** By when the state must have changed, except while answering. */
  private Deadline due;

  DirectConnection(DirectIngress ingress, Callers callers) {
    this.ingress = ingress;
    this.callers = callers;
    this.due = Deadline.after(callers.receipt(), Ticker.SYSTEM);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    checks = UntakenAnswers.watch(context, () -> check(context));
  }

  private void check(ChannelHandlerContext context) {
    switch (untaken.look(context.channel())) {
      case STALLED -> {
        ingress.faults().fault(context.channel(), "the answers are not taken");
        context.close();
      }
      case UNDER_WAY -> {}
      case NONE_LEFT -> checkDue(context);
    }
  }

  private void checkDue(ChannelHandlerContext context) {
    if (state == ANSWERING || !due.passed()) {
      return;
    }
    if (state == RECEIVING) {
      String late = "the request body did not arrive in time";
      refuse(context, new ServingException(ErrorCode.DEADLINE_EXCEEDED, late));
    } else {
      context.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof HttpObject part) || state == OVER || !ahead.isOpen()) {
      ReferenceCountUtil.release(message);
    } else if (ahead.isEmpty() && takesNext(context)) {
      take(context, part);
    } else if (!ahead.offer(part)) {
      ingress.faults().fault(context.channel(), RequestsAhead.TOO_MANY);
    }
    readOrNot(context);
  }

  private boolean takesNext(ChannelHandlerContext context) {
    return state != ANSWERING && context.channel().isWritable();
  }

  /** A client that does not take its answers is not read from, nor one that is far ahead. */
  private void readOrNot(ChannelHandlerContext context) {
    boolean dropping = state == OVER || !ahead.isOpen();
    boolean read = context.channel().isWritable() && (dropping || !ahead.isMuch());
    if (context.channel().config().isAutoRead() != read) {
      context.channel().config().setAutoRead(read);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    // Later, because this may be called out of the middle of a write.
    context.executor().execute(() -> goOn(context));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      ahead.end();
      if (live != null) {
        live.end();
      }
      goOn(context);
    } else if (state == IDLE && event instanceof Left left && left.ends(callers, opening)) {
      over();
      context.close();
    }
  }

  /** Goes on with what came before its turn. */
  private void goOn(ChannelHandlerContext context) {
    while (!ahead.isEmpty() && takesNext(context)) {
      take(context, ahead.remove());
    }
    if (ahead.isOver() && (state == IDLE || state == RECEIVING)) {
      // Half a request is never completed any more.
      release();
      end(context, context.writeAndFlush(Unpooled.EMPTY_BUFFER));
    }
    readOrNot(context);
  }

  private void take(ChannelHandlerContext context, HttpObject part) {
    try {
      if (state != OVER && part instanceof HttpRequest head) {
        begin(context, head);
      }
      if (state == RECEIVING && exchange != null && part instanceof HttpContent content) {
        receive(context, exchange, content);
      }
    } catch (ServingException e) {
      refuse(context, e);
    } finally {
      ReferenceCountUtil.release(part);
    }
  }

  private void begin(ChannelHandlerContext context, HttpRequest head) {
    due = Deadline.after(callers.receipt(), Ticker.SYSTEM);
    state = RECEIVING;
    Exchange begun = new Exchange(head);
    exchange = begun;
    if (head.decoderResult().isFailure()) {
      throw ConnectionHandlers.unread(head.decoderResult().cause());
    }
    begun.checkLength(ingress.state().bodyLimit());
    if (HttpUtil.is100ContinueExpected(head)) {
      context.writeAndFlush(DirectResponse.goOn());
    }
  }

  private void receive(ChannelHandlerContext context, Exchange current, HttpContent content) {
    if (content.decoderResult().isFailure()) {
      throw new ServingException(ErrorCode.INVALID_INPUT, "the body is not well framed");
    }
    int bytes = content.content().readableBytes();
    if (bytes > 0) {
      ingress.reserve(bytes);
      current.append(content.content(), ingress.state().bodyLimit());
    }
    if (content instanceof LastHttpContent) {
      answer(context, current);
    }
  }

  private void answer(ChannelHandlerContext context, Exchange current) {
    state = ANSWERING;
    CompletableFuture<HttpResponse> answer = ingress.answer(current, callers);
    if (answer.isDone()) {
      // The caller takes the next request; a call from here would nest as deep as requests wait.
      write(context, current, answer.join());
    } else {
      var unused = answer.whenComplete((response, failure) -> later(context, current, response));
    }
  }

  private void later(ChannelHandlerContext context, Exchange current, HttpResponse response) {
    if (context.executor().inEventLoop()) {
      write(context, current, response);
      goOn(context);
    } else {
      context.executor().execute(() -> later(context, current, response));
    }
  }

  private void write(ChannelHandlerContext context, Exchange current, HttpResponse response) {
    release();
    @Nullable LiveStream stream = response.stream();
    if (stream != null && !ingress.draining()) {
      var head = DirectResponse.stream(current, response);
      live = LiveAnswer.begin(context, head, stream, last -> end(context, last));
      return;
    }
    boolean keepAlive = current.keepAlive() && !ahead.isOver() && !ingress.draining();
    if (keepAlive) {
      state = IDLE;
      due = Deadline.after(callers.idle(), Ticker.SYSTEM);
    }
    ChannelFuture written =
        context.writeAndFlush(DirectResponse.encode(current, response, keepAlive));
    if (!keepAlive) {
      end(context, written);
    }
  }

  private void end(ChannelHandlerContext context, ChannelFuture written) {
    over();
    close(context, written);
  }

  /**
   * Closes after the last answer; later when there is more to read, for closing at once could reset
   * the connection before the client has read its answers.
   */
  private void close(ChannelHandlerContext context, ChannelFuture written) {
    if (ahead.isDropping()) {
      context.executor().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Answers with a problem though the request is not wholly there; then the connection ends. */
  private void refuse(ChannelHandlerContext context, ServingException why) {
    @Nullable Exchange current = exchange;
    release();
    over();
    if (current == null) {
      context.close();
      return;
    }
    context.writeAndFlush(DirectResponse.encode(current, ingress.refusal(current, why), false));
    context.executor().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  /** No request is taken any more. */
  private void over() {
    state = OVER;
    due = Deadline.after(UntakenAnswers.MAX_STALL, Ticker.SYSTEM);
    ahead.clear();
  }

  private void release() {
    if (exchange != null) {
      ingress.release(exchange.receivedBytes());
      exchange = null;
    }
  }

  /** After the end, or when the connection turns out to be one by HTTP/2. */
  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (checks != null) {
      checks.cancel(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    // A request that is being answered still uses its body.
    if (state != ANSWERING) {
      release();
    }
    over();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    ingress.faults().exception(context.channel(), cause);
    context.close();
  }
}
