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
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

  private record Call(CompletableFuture<PredictReply> answer, Deadline deadline) {}

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
  private final LongObjectMap<Call> calls = new LongObjectHashMap<>();
  private @Nullable ChannelHandlerContext context;
  private long lastCall;
  private State state = State.GREETING;

  ClientConnection(
      ReplicaId replica, String token, Observer observer, ConnectionChecks checks, Ticker ticker) {
    this.replica = replica;
    this.token = token;
    this.observer = observer;
    this.checks = checks;
    this.life = new SignsOfLife(this::ask, this::speaks, this::isSilent, this::close, ticker);
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
    PredictRequest request = call.request(deadline.remainingMillis());
    int size = PredictCodec.size(request);
    if (request.timeoutMillis() == 0) {
      answer.completeExceptionally(deadlinePassed());
    } else if (!Frames.fits(size)) {
      answer.completeExceptionally(
          new ServingException(ErrorCode.PAYLOAD_TOO_LARGE, "the rows are more than can be sent"));
    } else {
      long number = ++lastCall;
      ByteBuf frame = Frames.start(context.alloc(), Frames.PREDICT, number, size);
      int start = frame.writerIndex();
      PredictCodec.write(request, frame.internalNioBuffer(start, size));
      frame.writerIndex(start + size);
      calls.put(number, new Call(answer, deadline));
      context.writeAndFlush(frame, context.voidPromise());
      checks.soon();
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext from, ByteBuf frame) {
    byte kind = frame.readByte();
    long number = frame.readLong();
    life.heard();
    if (kind == Frames.WELCOME) {
      state = State.READY;
      observer.ready(this);
      if ((number & Frames.TAKES_HEARTBEATS) != 0) {
        observer.wantsHeartbeat(this);
      }
    }
    if (kind == Frames.REPLY) {
      // Gone when its deadline has passed.
      @Nullable Call call = calls.remove(number);
      if (call != null) {
        complete(call, frame);
      }
    } else if (kind != Frames.PONG && kind != Frames.WELCOME) {
      throw new IllegalArgumentException("a frame of kind " + kind);
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

  private static void complete(Call call, ByteBuf frame) {
    PredictReply reply;
    try {
      reply = PredictCodec.decodeReply(frame.nioBuffer());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a reply that cannot be read", e);
      call.answer()
          .completeExceptionally(new ServingException(ErrorCode.INTERNAL, "a replica failed", e));
      return;
    }
    call.answer().complete(reply);
  }

  /** Whether something is awaited: it is to be checked soon. */
  boolean awaits() {
    return !calls.isEmpty() || life.asked();
  }

  /** Ends calls whose deadline has passed, and all of them when the other side is silent. */
  void check() {
    expire();
    life.check(!calls.isEmpty());
  }

  private void expire() {
    for (Iterator<LongObjectMap.PrimitiveEntry<Call>> all = calls.entries().iterator();
        all.hasNext(); ) {
      Call call = all.next().value();
      if (call.deadline().passed()) {
        all.remove();
        call.answer().completeExceptionally(deadlinePassed());
      }
    }
  }

  private void failAll() {
    List<Call> failed = new ArrayList<>(calls.values());
    calls.clear();
    ReplicaUnreachableException why =
        state == State.SILENT
            ? ReplicaUnreachableException.silent(replica)
            : ReplicaUnreachableException.cutOff(replica);
    failed.forEach(call -> call.answer().completeExceptionally(why));
  }

  private static ServingException deadlinePassed() {
    return new ServingException(
        ErrorCode.DEADLINE_EXCEEDED, "the deadline passed before the replica answered");
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
