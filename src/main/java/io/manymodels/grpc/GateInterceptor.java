package io.manymodels.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.manymodels.access.Caller;
import io.manymodels.access.Gate;
import io.manymodels.observing.Observed;
import io.manymodels.observing.RequestObserver;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every method and says who calls: whoever is not known comes no further, and nothing
 * of the messages is read before that. Thread-safe.
 */
final class GateInterceptor implements ServerInterceptor {
  /** Health checks need no credentials. */
  private static final Set<String> FREE =
      Set.of(
          "grpc.health.v1.Health/Check",
          "grpc.health.v1.Health/List",
          "grpc.health.v1.Health/Watch",
          "inference.GRPCInferenceService/ServerLive",
          "inference.GRPCInferenceService/ServerReady");

  private final Gate gate;
  private final EventLoops loops;
  private final RequestObserver observer;
  private final CallCounts counts;

  /**
   * Makes the only one of a server.
   *
   * @param observer notes what comes and how it is answered
   * @param counts of answers, refusals among them
   */
  GateInterceptor(Gate gate, EventLoops loops, RequestObserver observer, CallCounts counts) {
    this.gate = gate;
    this.loops = loops;
    this.observer = observer;
    this.counts = counts;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (FREE.contains(call.getMethodDescriptor().getFullMethodName())) {
      return start(call, headers, next, Context.current(), Caller.ANYONE);
    }
    CompletableFuture<Caller> caller =
        gate.authenticate(CallHead.authorization(headers), CallHead.apiKey(headers));
    if (caller.isDone() && !caller.isCompletedExceptionally()) {
      return start(call, headers, next, Context.current(), caller.join());
    }
    return new Waiting<>(call, headers, next).until(caller, loops.here());
  }

  private <Q, A> ServerCall.Listener<Q> start(
      ServerCall<Q, A> call,
      Metadata headers,
      ServerCallHandler<Q, A> next,
      Context context,
      Caller caller) {
    CallHead head = new CallHead(headers, caller, context.getDeadline(), observer, Observed.NONE);
    return Contexts.interceptCall(head.in(context), call, headers, next);
  }

  /**
   * A call whose caller is not known yet. No message comes before one is asked for, which the
   * handler does when it is started. Confined to the thread of the call.
   */
  private final class Waiting<Q, A> extends ServerCall.Listener<Q> {
    private final ServerCall<Q, A> call;
    private final Metadata headers;
    private final ServerCallHandler<Q, A> next;
    private final long begun = Ticker.SYSTEM.nanos();
    private final Context context = Context.current();
    private ServerCall.@Nullable Listener<Q> started;
    private boolean halfClosed;
    private boolean ended;

    private Waiting(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      this.call = call;
      this.headers = headers;
      this.next = next;
    }

    private Waiting<Q, A> until(CompletableFuture<Caller> caller, Executor thread) {
      var unused =
          caller.whenComplete((known, failure) -> thread.execute(() -> decided(known, failure)));
      return this;
    }

    private void decided(@Nullable Caller known, @Nullable Throwable failure) {
      if (ended) {
        return;
      }
      if (known == null) {
        Throwable why = failure == null ? new IllegalStateException("nobody") : failure;
        counts.answered(begun, why);
        String id = CallHead.id(headers);
        call.close(GrpcFaults.status(why, id), GrpcFaults.trailers(why, id));
        return;
      }
      ServerCall.Listener<Q> listener = start(call, headers, next, context, known);
      started = listener;
      if (halfClosed) {
        listener.onHalfClose();
      } else if (call.isReady()) {
        listener.onReady();
      }
    }

    @Override
    public void onMessage(Q message) {
      if (started != null) {
        started.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      halfClosed = true;
      if (started != null) {
        started.onHalfClose();
      }
    }

    @Override
    public void onReady() {
      if (started != null) {
        started.onReady();
      }
    }

    @Override
    public void onCancel() {
      ended = true;
      if (started != null) {
        started.onCancel();
      }
    }

    @Override
    public void onComplete() {
      ended = true;
      if (started != null) {
        started.onComplete();
      }
    }
  }
}
