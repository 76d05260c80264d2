package io.manymodels.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.LoggedRequest;
import io.manymodels.transport.EventLoops;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a method that takes one message and answers one. Thread-safe.
 *
 * @param <Q> what it takes
 * @param <A> what it answers
 */
final class UnaryCalls<Q, A> implements ServerCallHandler<Received<Q>, A> {
  /** Two, so that one too many is noticed. */
  private static final int MESSAGES = 2;

  private static final int UNKNOWN_BYTES = -1;

  private final EventLoops loops;
  private final Duration receiptTime;
  private final CallCounts counts;
  private final Answer<Q, A> answer;

  /** What a method does. */
  interface Answer<Q, A> {
    /** Answers; never blocks, and fails with {@link ServingException}, or throws it. */
    CompletableFuture<A> to(Q request, CallHead head);
  }

  /**
   * Makes the calls of one method.
   *
   * @param receiptTime in which a request must have come whole
   * @param counts of answers
   */
  UnaryCalls(EventLoops loops, Duration receiptTime, CallCounts counts, Answer<Q, A> answer) {
    this.counts = counts;
    this.loops = loops;
    this.receiptTime = receiptTime;
    this.answer = answer;
  }

  @Override
  public ServerCall.Listener<Received<Q>> startCall(
      ServerCall<Received<Q>, A> call, Metadata headers) {
    CallCompression.answerAsAsked(call, headers);
    Call started = new Call(call, CallHead.here().begin(call.getMethodDescriptor()));
    call.request(MESSAGES);
    return started;
  }

  /** One call. Its methods run on the call's thread, one after the other. */
  private final class Call extends ServerCall.Listener<Received<Q>> {
    private final ServerCall<Received<Q>, A> call;
    private final CallHead head;
    private final ScheduledFuture<?> receipt;
    private @Nullable Received<Q> request;
    private boolean closed;
    private long begun = Ticker.SYSTEM.nanos();

    private Call(ServerCall<Received<Q>, A> call, CallHead head) {
      this.call = call;
      this.head = head;
      this.receipt =
          loops.here().schedule(this::tooSlow, receiptTime.toSeconds(), TimeUnit.SECONDS);
    }

    private void tooSlow() {
      refuse(
          new ServingException(
              ErrorCode.DEADLINE_EXCEEDED,
              "the request did not come whole within " + receiptTime.toSeconds() + " seconds"));
    }

    private void refuse(Throwable failure) {
      if (!closed) {
        closed = true;
        fail(failure);
      }
    }

    @Override
    public void onMessage(Received<Q> message) {
      if (request != null) {
        refuse(new ServingException(ErrorCode.INVALID_INPUT, "this method takes one message"));
      }
      request = message;
    }

    @Override
    public void onHalfClose() {
      receipt.cancel(false);
      if (closed) {
        return;
      }
      closed = true;
      begun = Ticker.SYSTEM.nanos();
      if (request == null) {
        fail(new ServingException(ErrorCode.INVALID_INPUT, "this method takes one message"));
        return;
      }
      try {
        var unused = answer.to(request.get(), head).whenComplete(this::answered);
      } catch (RuntimeException | Error e) {
        fail(e);
      }
    }

    private void answered(@Nullable A value, @Nullable Throwable failure) {
      if (value == null) {
        fail(failure == null ? new IllegalStateException("no answer") : failure);
        return;
      }
      counts.answered(begun, null);
      // gRPC drops the answer when the client has gone.
      call.sendHeaders(new Metadata());
      call.sendMessage(value);
      call.close(Status.OK, new Metadata());
      head.observed().end(Status.OK.getCode().value(), UNKNOWN_BYTES);
    }

    private void fail(Throwable failure) {
      counts.answered(begun, failure);
      String id = head.id();
      LoggedRequest.log(
          head.observed().span(),
          () -> call.close(GrpcFaults.status(failure, id), GrpcFaults.trailers(failure, id)));
      GrpcFaults.end(head.observed(), failure);
    }

    @Override
    public void onCancel() {
      if (!closed) {
        head.observed().end(Status.CANCELLED.getCode().value(), UNKNOWN_BYTES);
      }
      closed = true;
      receipt.cancel(false);
    }
  }
}
