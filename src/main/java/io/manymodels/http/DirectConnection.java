package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client: one request at a time, in the order in which they came. On its event
 * loop only.
 */
// What fails comes to exceptionCaught.
@SuppressWarnings("FutureReturnValueIgnored")
final class DirectConnection extends ChannelInboundHandlerAdapter {
  private static final System.Logger LOG = System.getLogger(DirectConnection.class.getName());
  private static final HttpHeadersFactory HEADERS =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false);

  /** Parts of requests that came before their turn; then no more is read. */
  private static final int MOST_WAITING = 64;

  private static final long CHECK_SECONDS = 5;
  private static final Duration LONGEST_RECEIPT = Duration.ofSeconds(30);
  private static final Duration LONGEST_IDLE = Duration.ofMinutes(2);

  /** How long a refused body is read on: closing at once could reset the connection first. */
  private static final long LINGER_SECONDS = 2;

  private final DirectIngress ingress;
  private final Queue<HttpObject> waiting = new ArrayDeque<>();
  private @Nullable Exchange exchange;
  private @Nullable ScheduledFuture<?> checks;
  private Deadline idle = Deadline.after(LONGEST_RECEIPT, Ticker.SYSTEM);
  private boolean answering;
  private boolean pumping;
  private boolean over;

  DirectConnection(DirectIngress ingress) {
    this.ingress = ingress;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    checks =
        context
            .executor()
            .scheduleWithFixedDelay(
                () -> check(context), CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS);
  }

  private void check(ChannelHandlerContext context) {
    if (answering || over) {
      return;
    }
    if (exchange != null && exchange.receipt().passed()) {
      refuse(
          context,
          new ServingException(
              ErrorCode.DEADLINE_EXCEEDED, "the request body did not arrive in time"));
    } else if (exchange == null && idle.passed()) {
      context.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof HttpObject part)) {
      ReferenceCountUtil.release(message);
    } else if (answering || pumping) {
      waiting.add(part);
      if (waiting.size() == MOST_WAITING) {
        context.channel().config().setAutoRead(false);
      }
    } else {
      take(context, part);
    }
  }

  private void take(ChannelHandlerContext context, HttpObject part) {
    try {
      if (over) {
        return;
      }
      if (part instanceof io.netty.handler.codec.http.HttpRequest head) {
        begin(context, head);
      }
      if (part instanceof HttpContent content && exchange != null && !over) {
        receive(context, exchange, content);
      }
    } catch (ServingException e) {
      refuse(context, e);
    } finally {
      ReferenceCountUtil.release(part);
    }
  }

  private void begin(ChannelHandlerContext context, io.netty.handler.codec.http.HttpRequest head) {
    int longest = ingress.state().maxBodyBytes();
    Exchange begun = Exchange.of(head, Deadline.after(LONGEST_RECEIPT, Ticker.SYSTEM));
    exchange = begun;
    if (head.decoderResult().isFailure()) {
      throw new ServingException(ErrorCode.INVALID_INPUT, "this is not an HTTP/1.1 request");
    }
    begun.checkLength(longest);
    if (HttpUtil.is100ContinueExpected(head)) {
      context.writeAndFlush(
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }
  }

  private void receive(ChannelHandlerContext context, Exchange current, HttpContent content) {
    if (content.decoderResult().isFailure()) {
      throw new ServingException(ErrorCode.INVALID_INPUT, "the body is not well framed");
    }
    int bytes = content.content().readableBytes();
    if (bytes > 0) {
      if (!ingress.reserve(bytes)) {
        throw new ServingException(ErrorCode.OVERLOADED, "too many bodies are under way");
      }
      current.append(content.content(), ingress.state().maxBodyBytes());
    }
    if (content instanceof LastHttpContent) {
      answer(context, current);
    }
  }

  private void answer(ChannelHandlerContext context, Exchange current) {
    answering = true;
    @Nullable HttpResponse health = current.health(ingress);
    if (health != null) {
      write(context, current, health);
      return;
    }
    var unused =
        ingress
            .answers()
            .to(current.request(), ingress.operators())
            .whenComplete(
                (response, failure) -> {
                  if (context.executor().inEventLoop()) {
                    write(context, current, response);
                  } else {
                    context.executor().execute(() -> write(context, current, response));
                  }
                });
  }

  private void write(ChannelHandlerContext context, Exchange current, HttpResponse response) {
    boolean keepAlive = current.keepAlive() && !ingress.draining();
    ChannelFuture written = context.writeAndFlush(encode(context, current, response, keepAlive));
    finish();
    if (!keepAlive) {
      over = true;
      written.addListener(ChannelFutureListener.CLOSE);
    }
    pump(context);
  }

  private void finish() {
    if (exchange != null) {
      ingress.release(exchange.receivedBytes());
      exchange = null;
    }
    answering = false;
    idle = Deadline.after(LONGEST_IDLE, Ticker.SYSTEM);
  }

  /** Goes on with what came meanwhile. */
  private void pump(ChannelHandlerContext context) {
    if (pumping || waiting.isEmpty()) {
      return;
    }
    pumping = true;
    while (!answering && !waiting.isEmpty()) {
      take(context, waiting.remove());
    }
    pumping = false;
    if (waiting.isEmpty()) {
      context.channel().config().setAutoRead(true);
    }
  }

  private static FullHttpResponse encode(
      ChannelHandlerContext context, Exchange current, HttpResponse response, boolean keepAlive) {
    ByteBuf body = ByteBufUtil.writeUtf8(context.alloc(), response.body());
    int length = body.readableBytes();
    if (current.method().equals(HttpMethod.HEAD)) {
      body.clear();
    }
    FullHttpResponse encoded =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(response.status()),
            body,
            HEADERS,
            HEADERS);
    encoded
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, response.contentType())
        .setInt(HttpHeaderNames.CONTENT_LENGTH, length)
        .set(HttpHeaderNames.DATE, HttpDate.now())
        .set(Exchange.REQUEST_ID, current.id());
    response.headers().forEach((name, value) -> encoded.headers().set(name, value));
    if (!keepAlive) {
      encoded.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (current.isHttp10()) {
      encoded.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    return encoded;
  }

  /** Answers with a problem though the request is not wholly there; then the connection ends. */
  private void refuse(ChannelHandlerContext context, ServingException why) {
    @Nullable Exchange current = exchange;
    if (current == null) {
      context.close();
      return;
    }
    over = true;
    context.writeAndFlush(encode(context, current, Problem.of(why, current.id()), false));
    finish();
    context.executor().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    over = true;
    if (checks != null) {
      checks.cancel(false);
    }
    if (exchange != null && !answering) {
      finish();
    }
    while (!waiting.isEmpty()) {
      ReferenceCountUtil.release(waiting.remove());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.log(
        cause instanceof IOException ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
        "connection of " + context.channel().remoteAddress(),
        cause);
    context.close();
  }
}
