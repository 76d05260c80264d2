package io.manymodels.http;

import io.manymodels.http.StreamedRequest.State;
import io.manymodels.model.ServingException;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The answers on a connection by HTTP/2. Their bytes count among those that all bodies may take,
 * until the client has taken them; while much is not taken, further requests wait. Thread-confined.
 */
// What fails comes to exceptionCaught or closes the stream.
@SuppressWarnings("FutureReturnValueIgnored")
final class StreamedAnswers {
  /** How long what is still sent of a refused request is dropped before its stream is reset. */
  private static final long LINGER_SECONDS = 2;

  /** Bytes of answers. */
  private static final int MUCH_UNTAKEN = 1 << 20;

  /** What is told to be taken at once; a frame that every client accepts. */
  private static final int PIECE_BYTES = 16 << 10;

  private static final byte[] NOTHING = {};

  private final Http2ConnectionHandler connection;
  private final PropertyKey request;
  private final DirectIngress ingress;
  private final Callers callers;
  private final Queue<StreamedRequest> waiting = new ArrayDeque<>();
  private int untakenBytes;

  /**
   * @param request of a stream: its property of this key
   */
  StreamedAnswers(
      Http2ConnectionHandler connection,
      PropertyKey request,
      DirectIngress ingress,
      Callers callers) {
    this.connection = connection;
    this.request = request;
    this.ingress = ingress;
    this.callers = callers;
  }

  /** The request in a stream; null when there is none, or no stream. */
  @Nullable StreamedRequest requestOf(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(request);
  }

  /** Its stream is closed: it need not be answered any more. */
  void forget(StreamedRequest gone) {
    waiting.remove(gone);
  }

  /** The request has come: answers it, now or when the client has taken some of the others. */
  void complete(ChannelHandlerContext context, StreamedRequest current) {
    if (untakenBytes > MUCH_UNTAKEN) {
      current.become(State.WAITING);
      waiting.add(current);
    } else {
      answer(context, current);
    }
  }

  private void answer(ChannelHandlerContext context, StreamedRequest current) {
    current.become(State.ANSWERING);
    CompletableFuture<HttpResponse> answer;
    try {
      answer = ingress.answer(current.exchange(), callers);
    } catch (ServingException e) {
      answer = CompletableFuture.completedFuture(ingress.refusal(current.exchange(), e));
    }
    if (answer.isDone()) {
      // It leaves with the other answers to what has been read.
      write(context, current, answer.join());
    } else {
      var unused = answer.whenComplete((response, failure) -> later(context, current, response));
    }
  }

  private void later(ChannelHandlerContext context, StreamedRequest current, HttpResponse answer) {
    if (context.executor().inEventLoop()) {
      write(context, current, answer);
      connection.flush(context);
    } else {
      context.executor().execute(() -> later(context, current, answer));
    }
  }

  private void write(ChannelHandlerContext context, StreamedRequest current, HttpResponse answer) {
    current.release(ingress);
    if (requestOf(connection.connection().stream(current.stream())) != current) {
      // The client does not want it any more.
      return;
    }
    @Nullable LiveStream events = answer.stream();
    if (events != null && !ingress.draining()) {
      stream(context, current, answer, events);
      return;
    }
    byte[] body = DirectResponse.sent(current.exchange(), answer);
    try {
      ingress.reserve(body.length);
      write(context, current, answer, body);
    } catch (ServingException e) {
      HttpResponse instead = ingress.refusal(current.exchange(), e);
      ingress.count(instead.body().length);
      write(context, current, instead, instead.body());
    }
  }

  private void write(
      ChannelHandlerContext context, StreamedRequest current, HttpResponse answer, byte[] body) {
    int stream = current.stream();
    Http2Headers headers = DirectResponse.headers(current.exchange(), answer);
    current.answeredWith(body.length);
    untakenBytes += body.length;
    connection
        .encoder()
        .writeHeaders(context, stream, headers, 0, body.length == 0, context.newPromise());
    for (int from = 0; from < body.length; from += PIECE_BYTES) {
      int length = Math.min(PIECE_BYTES, body.length - from);
      connection
          .encoder()
          .writeData(
              context,
              stream,
              Unpooled.wrappedBuffer(body, from, length),
              0,
              from + length == body.length,
              context.newPromise().addListener(taken -> taken(context, current, length)));
    }
  }

  /**
   * Goes on as long as the client wants it: one piece at a time, which counts until it is taken.
   */
  private void stream(
      ChannelHandlerContext context,
      StreamedRequest current,
      HttpResponse head,
      LiveStream events) {
    int stream = current.stream();
    Http2Headers headers = DirectResponse.streamHeaders(current.exchange(), head);
    connection.encoder().writeHeaders(context, stream, headers, 0, false, context.newPromise());
    current.goesOnAs(
        new LiveAnswer(
            context.executor(),
            events,
            piece -> send(context, current, piece, false),
            () -> send(context, current, NOTHING, true)));
  }

  private ChannelFuture send(
      ChannelHandlerContext context, StreamedRequest current, byte[] piece, boolean last) {
    ingress.count(piece.length);
    current.answeredWith(piece.length);
    untakenBytes += piece.length;
    ChannelFuture taken =
        connection
            .encoder()
            .writeData(
                context,
                current.stream(),
                Unpooled.wrappedBuffer(piece),
                0,
                last,
                context.newPromise().addListener(written -> taken(context, current, piece.length)));
    connection.flush(context);
    return taken;
  }

  /** Also when it is lost with its stream. */
  private void taken(ChannelHandlerContext context, StreamedRequest current, int bytes) {
    current.taken(bytes);
    ingress.release(bytes);
    boolean much = untakenBytes > MUCH_UNTAKEN;
    untakenBytes -= bytes;
    if (much && untakenBytes <= MUCH_UNTAKEN && !waiting.isEmpty()) {
      // Not out of the middle of a write.
      context.executor().execute(() -> goOn(context));
    }
  }

  private void goOn(ChannelHandlerContext context) {
    while (untakenBytes <= MUCH_UNTAKEN && !waiting.isEmpty()) {
      answer(context, waiting.remove());
    }
    connection.flush(context);
  }

  /** Answers with a problem though the request is not wholly there; its rest is dropped. */
  void refuse(ChannelHandlerContext context, StreamedRequest current, ServingException why) {
    write(context, current, ingress.refusal(current.exchange(), why));
    // At once it could reach a client before it has read the answer.
    context
        .executor()
        .schedule(
            () -> reset(context, current, Http2Error.NO_ERROR), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  /** Ends the stream, if it has not ended. */
  void reset(ChannelHandlerContext context, StreamedRequest current, Http2Error why) {
    if (requestOf(connection.connection().stream(current.stream())) == current) {
      connection.resetStream(context, current.stream(), why.code(), context.newPromise());
      connection.flush(context);
    }
  }
}
