package io.manymodels.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaUnreachableException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The caller's side of a connection: many calls at once, each answered in its own time. On its
 * event loop only.
 *
 * <p>A replica that says nothing is asked for a sign of life, whether there are calls or not; when
 * that does not come either, its calls fail at once, so that they can be made elsewhere. It is
 * asked twice: its process over a {@link Heartbeat} of its own, which answers at any time; and its
 * event loop over this connection, which may be busy with predictions. While a heartbeat says that
 * predictions are begun, the event loop is busy and not silent.
 */
// What fails comes to exceptionCaught.
@SuppressWarnings("FutureReturnValueIgnored")
final class ClientConnection extends SimpleChannelInboundHandler<ByteBuf> {
  /** Told of by the connection, on its event loop. */
  interface Observer {
    /** The other side has taken the token, or has said something after it was silent. */
    void ready(ClientConnection connection);

    /** The other side takes heartbeats: a {@link Heartbeat} is to be connected. */
    void wantsHeartbeat(ClientConnection connection);

    void silent(ClientConnection connection);

    void closed(ClientConnection connection);
  }

  private enum State {
    /** The token has been sent, and nothing has come yet. */
    GREETING,
    /** Calls can be made. */
    READY,
    /** The other side was asked for a sign of life and has not given one. */
    SILENT
  }

  private static final System.Logger LOG = System.getLogger(ClientConnection.class.getName());

  private final ReplicaId replica;
  private final String token;
  private final Observer observer;
  private final ConnectionChecks checks;
  private final SignsOfLife life;
  private final PendingCalls calls = new PendingCalls();
  private @Nullable ChannelHandlerContext context;
  private long taken;
  private State state = State.GREETING;

  ClientConnection(
      ReplicaId replica,
      String token,
      Observer observer,
      ConnectionChecks checks,
      Silence.Limits process,
      Ticker ticker) {
    this.replica = replica;
    this.token = token;
    this.observer = observer;
    this.checks = checks;
    this.life =
        new SignsOfLife(this::ask, this::speaks, this::isSilent, this::close, process, ticker);
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    byte[] secret = token.getBytes(US_ASCII);
    active.writeAndFlush(
        Frames.start(active.alloc(), Frames.HELLO, 0, secret.length).writeBytes(secret),
        active.voidPromise());
    checks.add(this);
  }

  /** Makes a call; {@code answer} completes as {@code PredictClient.predict} says. */
  void predict(PredictCall call, Deadline deadline, CompletableFuture<PredictReply> answer) {
    if (context == null || state != State.READY) {
      answer.completeExceptionally(new ReplicaUnreachableException(replica, "is away"));
      return;
    }
    PredictRequest request = taken(call.request(deadline.remainingMillis()));
    int size = PredictCodec.size(request);
    if (request.timeoutMillis() == 0) {
      answer.completeExceptionally(PendingCalls.deadlinePassed());
    } else if (!Frames.fits(size)) {
      answer.completeExceptionally(
          new ServingException(ErrorCode.PAYLOAD_TOO_LARGE, "the rows are more than can be sent"));
    } else {
      send(
          context,
          Frames.PREDICT,
          size,
          to -> {
            int start = to.writerIndex();
            PredictCodec.write(request, to.internalNioBuffer(start, size));
            to.writerIndex(start + size);
          },
          new PendingCalls.Call<>(answer, deadline, PendingCalls::prediction));
    }
  }

  private PredictRequest taken(PredictRequest request) {
    return (taken & Frames.TAKES_SPANS) == 0 ? request.within(Span.NONE) : request;
  }

  /**
   * Makes a call that is no prediction; {@code answer} completes as {@code PredictClient.predict}
   * says, and is cut off also when the other side does not know such calls.
   */
  <T> void call(byte kind, int size, Consumer<ByteBuf> writing, PendingCalls.Call<T> call) {
    if (context == null || state != State.READY || (taken & Frames.TAKES_CONTROL) == 0) {
      call.answer()
          .completeExceptionally(new ReplicaUnreachableException(replica, "takes no such call"));
    } else {
      send(context, kind, size, writing, call);
    }
  }

  private void send(
      ChannelHandlerContext to,
      byte kind,
      int size,
      Consumer<ByteBuf> writing,
      PendingCalls.Call<?> call) {
    ByteBuf frame = Frames.start(to.alloc(), kind, calls.add(call), size);
    writing.accept(frame);
    to.writeAndFlush(frame, to.voidPromise());
    checks.soon();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext from, ByteBuf frame) {
    byte kind = frame.readByte();
    long number = frame.readLong();
    life.heard();
    if (kind == Frames.WELCOME) {
      taken = number;
      state = State.READY;
      observer.ready(this);
      if ((number & Frames.TAKES_HEARTBEATS) != 0) {
        observer.wantsHeartbeat(this);
      }
    }
    switch (kind) {
      case Frames.REPLY, Frames.CONTROL_ANSWER, Frames.CONTROL_FAILED, Frames.DIGEST_ANSWER ->
          calls.complete(number, kind, frame);
      case Frames.PONG, Frames.WELCOME -> {}
      default -> throw new IllegalArgumentException("a frame of kind " + kind);
    }
  }

  private void speaks() {
    if (state == State.SILENT) {
      state = State.READY;
      observer.ready(this);
    }
  }

  private void isSilent() {
    if (state != State.SILENT) {
      state = State.SILENT;
      observer.silent(this);
    }
    failAll();
  }

  private void ask() {
    if (context != null) {
      context.writeAndFlush(Frames.empty(context.alloc(), Frames.PING, 0), context.voidPromise());
    }
  }

  /** What is known of the other side's life; for its heartbeat. */
  SignsOfLife life() {
    return life;
  }

  /** Whether something is awaited: it is to be checked soon. */
  boolean awaits() {
    return !calls.isEmpty() || life.asked();
  }

  /** Ends calls whose deadline has passed, and all of them when the other side is silent. */
  void check() {
    calls.expire();
    life.check(!calls.isEmpty());
  }

  private void failAll() {
    ReplicaUnreachableException why =
        state == State.SILENT
            ? ReplicaUnreachableException.silent(replica)
            : ReplicaUnreachableException.cutOff(replica);
    calls.failAll(why);
  }

  /** No calls wait for an answer. */
  boolean idle() {
    return calls.isEmpty();
  }

  /** Closes; calls that wait fail. */
  void close() {
    if (context != null) {
      context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext gone) {
    context = null;
    checks.remove(this);
    life.end();
    observer.closed(this);
    failAll();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
    LOG.log(
        cause instanceof IOException ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
        "connection to " + replica,
        cause);
    from.close();
  }
}
