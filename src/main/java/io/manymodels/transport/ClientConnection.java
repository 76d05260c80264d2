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
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The caller's side of a connection: many calls at once, each answered in its own time. On its
 * event loop only.
 *
 * <p>A replica that says nothing is asked for a sign of life, whether there are calls or not; when
 * that does not come either, its calls fail at once, so that they can be made elsewhere.
 */
// What fails comes to exceptionCaught.
@SuppressWarnings("FutureReturnValueIgnored")
final class ClientConnection extends SimpleChannelInboundHandler<ByteBuf> {
  /** Told of by the connection, on its event loop. */
  interface Observer {
    /** The other side has taken the token, or has said something after it was silent. */
    void ready(ClientConnection connection);

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

  /** How often the calls, and the other side, are looked at. */
  private enum Checks {
    /** Twice a second, because there is no call. */
    SELDOM,
    /** While there are calls, or a sign of life is awaited. */
    OFTEN
  }

  /** A sign of life that was asked for and has not come. */
  private static final class Question {
    private final long askedAt;
    private int checks;

    private Question(long askedAt) {
      this.askedAt = askedAt;
    }
  }

  private static final System.Logger LOG = System.getLogger(ClientConnection.class.getName());
  private static final long BUSY_CHECK_MILLIS = 20;
  private static final long IDLE_CHECK_MILLIS = 500;
  private static final long ASK_AFTER_NANOS = Duration.ofMillis(200).toNanos();
  private static final long IDLE_ASK_AFTER_NANOS = Duration.ofMillis(900).toNanos();
  private static final long SILENT_AFTER_NANOS = Duration.ofMillis(800).toNanos();

  /** So that a stall of this process is not taken for one of the other. */
  private static final int CHECKS_BEFORE_SILENT = 8;

  private static final long GIVE_UP_AFTER_NANOS = Duration.ofSeconds(10).toNanos();

  private final ReplicaId replica;
  private final String token;
  private final Observer observer;
  private final Ticker ticker;
  private final LongObjectMap<Call> calls = new LongObjectHashMap<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> idleChecks;
  private long lastCall;
  private long heardAt;
  private State state = State.GREETING;
  private Checks checks = Checks.SELDOM;
  private @Nullable Question question;

  ClientConnection(ReplicaId replica, String token, Observer observer, Ticker ticker) {
    this.replica = replica;
    this.token = token;
    this.observer = observer;
    this.ticker = ticker;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    heardAt = ticker.nanos();
    byte[] secret = token.getBytes(US_ASCII);
    active.writeAndFlush(
        Frames.start(active.alloc(), Frames.HELLO, 0, secret.length).writeBytes(secret),
        active.voidPromise());
    idleChecks =
        active
            .executor()
            .scheduleWithFixedDelay(
                this::check, IDLE_CHECK_MILLIS, IDLE_CHECK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Makes a call; {@code answer} completes as {@code PredictClient.predict} says. */
  void predict(PredictCall call, Deadline deadline, CompletableFuture<PredictReply> answer) {
    if (context == null || state != State.READY) {
      answer.completeExceptionally(unreachable(false));
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
      checkSoon();
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext from, ByteBuf frame) {
    byte kind = frame.readByte();
    long number = frame.readLong();
    heardAt = ticker.nanos();
    question = null;
    if (kind == Frames.WELCOME || state == State.SILENT) {
      state = State.READY;
      observer.ready(this);
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

  private void checkSoon() {
    if (checks == Checks.SELDOM && context != null) {
      checks = Checks.OFTEN;
      context.executor().schedule(this::checkWhileBusy, BUSY_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void checkWhileBusy() {
    checks = Checks.SELDOM;
    check();
    if (!calls.isEmpty() || question != null) {
      checkSoon();
    }
  }

  private void check() {
    if (context == null) {
      return;
    }
    long now = ticker.nanos();
    expire();
    @Nullable Question open = question;
    if (open == null) {
      if (now - heardAt > (calls.isEmpty() ? IDLE_ASK_AFTER_NANOS : ASK_AFTER_NANOS)) {
        question = new Question(now);
        context.writeAndFlush(Frames.empty(context.alloc(), Frames.PING, 0), context.voidPromise());
        checkSoon();
      }
      return;
    }
    open.checks++;
    long unanswered = now - open.askedAt;
    if (unanswered > GIVE_UP_AFTER_NANOS) {
      context.close();
    } else if (state != State.SILENT
        && unanswered > SILENT_AFTER_NANOS
        && open.checks >= CHECKS_BEFORE_SILENT) {
      state = State.SILENT;
      observer.silent(this);
      failAll();
    }
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
    failed.forEach(call -> call.answer().completeExceptionally(unreachable(true)));
  }

  private ReplicaUnreachableException unreachable(boolean mayHaveRun) {
    return new ReplicaUnreachableException(
        replica, state == State.SILENT ? "is silent" : "is cut off", mayHaveRun);
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
    if (idleChecks != null) {
      idleChecks.cancel(false);
    }
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
