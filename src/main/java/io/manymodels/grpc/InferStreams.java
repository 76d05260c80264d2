package io.manymodels.grpc;

import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferResponse;
import inference.GrpcService.ModelStreamInferResponse;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The streams of ModelStreamInfer: requests one after the other, and their answers in the same
 * order. A request that fails is answered with its error, and the stream goes on. Of each stream so
 * many requests are under way at once, and no more are read until answers have been taken.
 * Thread-safe.
 */
final class InferStreams
    implements ServerCallHandler<Received<ModelInferRequest>, ModelStreamInferResponse> {
  /** Requests of one stream that are under way. */
  private static final int UNDER_WAY = 8;

  /** Triton's: the first request that fails ends the stream, with the code of its failure. */
  private static final Metadata.Key<String> FAIL_AT_ONCE =
      Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER);

  private final EventLoops loops;
  private final UnaryCalls.Answer<ModelInferRequest, ModelInferResponse> infer;
  private final MessageBudget budget;
  private final CallCounts counts;
  private final Set<Stream> open = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  InferStreams(
      EventLoops loops,
      UnaryCalls.Answer<ModelInferRequest, ModelInferResponse> infer,
      MessageBudget budget,
      CallCounts counts) {
    this.counts = counts;
    this.loops = loops;
    this.infer = infer;
    this.budget = budget;
  }

  @Override
  public ServerCall.Listener<Received<ModelInferRequest>> startCall(
      ServerCall<Received<ModelInferRequest>, ModelStreamInferResponse> call, Metadata headers) {
    CallCompression.answerAsAsked(call, headers);
    Stream stream = new Stream(call, CallHead.here(), loops.here());
    open.add(stream);
    call.request(UNDER_WAY);
    if (draining) {
      stream.drain();
    }
    return stream;
  }

  /** Ends each stream as soon as what it has asked is answered. */
  void drain() {
    draining = true;
    open.forEach(Stream::drain);
  }

  /** One stream. What is done to it is done on its call's thread, one after the other. */
  private final class Stream extends ServerCall.Listener<Received<ModelInferRequest>> {
    private final ServerCall<Received<ModelInferRequest>, ModelStreamInferResponse> call;
    private final CallHead head;
    private final Executor thread;
    private final MessageBudget.Share share = budget.ofThisCall();
    private final Deque<CompletableFuture<ModelStreamInferResponse>> answers = new ArrayDeque<>();
    private final boolean failAtOnce;

    /** Requests that may be read as soon as the client takes answers. */
    private int owed;

    private boolean begun;
    private boolean halfClosed;
    private boolean last;
    private boolean closed;

    private Stream(
        ServerCall<Received<ModelInferRequest>, ModelStreamInferResponse> call,
        CallHead head,
        Executor thread) {
      this.call = call;
      this.head = head;
      this.thread = thread;
      this.failAtOnce = "true".equals(head.headers().get(FAIL_AT_ONCE));
    }

    @Override
    public void onMessage(Received<ModelInferRequest> message) {
      if (closed) {
        return;
      }
      CompletableFuture<ModelStreamInferResponse> answer = answer(message);
      answers.add(answer);
      var unused = answer.whenComplete((response, failure) -> thread.execute(this::send));
    }

    /** Fails only where the stream is to end then. */
    private CompletableFuture<ModelStreamInferResponse> answer(
        Received<ModelInferRequest> message) {
      CallHead asked = head.begin(call.getMethodDescriptor());
      String id = message.message() == null ? "" : message.message().getId();
      long begun = Ticker.SYSTEM.nanos();
      try {
        return infer
            .to(message.get(), asked)
            .whenComplete((response, failure) -> counts.answered(begun, failure))
            .handle((response, failure) -> response(id, asked, response, failure));
      } catch (RuntimeException | Error e) {
        counts.answered(begun, e);
        return CompletableFuture.completedFuture(e)
            .thenApply(why -> response(id, asked, null, why));
      }
    }

    private ModelStreamInferResponse response(
        String id,
        CallHead asked,
        @Nullable ModelInferResponse response,
        @Nullable Throwable failure) {
      if (response != null) {
        asked.observed().end(Status.OK.getCode().value(), -1);
        return ModelStreamInferResponse.newBuilder()
            .setInferResponse(InferMessages.last(response))
            .build();
      }
      Throwable why = failure == null ? new IllegalStateException("no answer") : failure;
      GrpcFaults.end(asked.observed(), why);
      if (failAtOnce) {
        throw new CompletionException(why);
      }
      return ModelStreamInferResponse.newBuilder()
          .setErrorMessage(GrpcFaults.message(why, asked.id()))
          .setInferResponse(ModelInferResponse.newBuilder().setId(id))
          .build();
    }

    private void send() {
      while (!closed && !answers.isEmpty() && answers.peek().isDone()) {
        try {
          send(answers.remove().join());
        } catch (CompletionException e) {
          close(GrpcFaults.status(e, head.id()));
        }
      }
      readOn();
      endIfDone();
    }

    /** Headers come with the first answer: after them a fault of gRPC's own has no code. */
    private void send(ModelStreamInferResponse answer) {
      if (!begun) {
        begun = true;
        call.sendHeaders(new Metadata());
      }
      call.sendMessage(answer);
      owed++;
    }

    /** Reads no further request while the client leaves answers lying. */
    private void readOn() {
      if (answers.isEmpty()) {
        share.release();
      }
      if (closed || !call.isReady()) {
        return;
      }
      share.taken();
      if (owed > 0 && !last) {
        call.request(owed);
        owed = 0;
      }
    }

    private void endIfDone() {
      if (closed || !answers.isEmpty()) {
        return;
      }
      if (halfClosed) {
        close(Status.OK);
      } else if (last) {
        close(
            Status.UNAVAILABLE.withDescription(
                "this server is about to end, and all that was asked is answered; connect again"));
      }
    }

    private void close(Status status) {
      closed = true;
      open.remove(this);
      call.close(status, new Metadata());
      share.sent();
    }

    private void drain() {
      thread.execute(
          () -> {
            last = true;
            endIfDone();
          });
    }

    @Override
    public void onReady() {
      readOn();
    }

    @Override
    public void onHalfClose() {
      halfClosed = true;
      endIfDone();
    }

    @Override
    public void onCancel() {
      closed = true;
      open.remove(this);
    }
  }
}
