package io.manymodels.http;

import io.manymodels.access.Caller;
import io.manymodels.access.Gate;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.observing.Observed;
import io.manymodels.observing.RequestObserver;
import io.manymodels.observing.RequestObserver.TraceHeaders;
import io.manymodels.threads.Completions;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.LoggedRequest;
import io.manymodels.tracing.Span;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The answer to any request, whatever goes wrong, and however it came. Thread-safe. */
final class Answers {
  private static final System.Logger LOG = System.getLogger(Answers.class.getName());
  private static final String PROTOCOL = "http";

  private final List<CountedDoor> doors;
  private final Gate gate;
  private final Cors cors;
  private final RequestObserver observer;

  /**
   * Answers by these protocols.
   *
   * @param doors the first one that has a path answers it; the last one has all
   * @param gate says who sent each request
   * @param cors says which web pages' scripts may send them
   * @param observer notes what comes and how it is answered
   * @param measurements of this process
   */
  Answers(
      List<Door> doors, Gate gate, Cors cors, RequestObserver observer, Measurements measurements) {
    this.observer = observer;
    this.cors = cors;
    this.doors = doors.stream().map(door -> CountedDoor.of(door, measurements)).toList();
    this.gate = gate;
  }

  /**
   * Never fails, never throws. What hangs on the answer may run on a thread that must not be
   * blocked.
   *
   * @param blocking runs what waits for other replicas, which a prediction never does
   */
  CompletableFuture<HttpResponse> to(IngressRequest request, Executor blocking) {
    if (observer == RequestObserver.NONE) {
      return answered(request, blocking);
    }
    Observed observed =
        observer.begin(
            PROTOCOL,
            request.method(),
            request.path(),
            request.id(),
            request.traceHeaders(),
            request.receivedMillis());
    return answered(request.observedAs(observed), blocking)
        .whenComplete(
            (response, failure) -> observed.end(response.status(), response.body().length));
  }

  private CompletableFuture<HttpResponse> answered(IngressRequest request, Executor blocking) {
    @Nullable HttpResponse preflight = cors.preflight(request);
    if (preflight != null) {
      return CompletableFuture.completedFuture(preflight);
    }
    CountedDoor door = door(request.path());
    long begun = Ticker.SYSTEM.nanos();
    try {
      return answer(door.door(), request, blocking)
          .handle((response, failure) -> response(door, response, failure, request, begun));
    } catch (RuntimeException | Error e) {
      return CompletableFuture.completedFuture(response(door, null, e, request, begun));
    }
  }

  private CompletableFuture<HttpResponse> answer(
      Door door, IngressRequest request, Executor blocking) {
    if (door.isFree(request.path())) {
      return door.answer(request, Caller.ANYONE, blocking);
    }
    CompletableFuture<Caller> caller =
        gate.authenticate(request.header("authorization"), request.header("x-api-key"));
    if (caller.isDone() && !caller.isCompletedExceptionally()) {
      return door.answer(request, caller.join(), blocking);
    }
    return caller.thenCompose(known -> door.answer(request, known, blocking));
  }

  private CountedDoor door(String path) {
    for (int i = 0; i < doors.size() - 1; i++) {
      if (doors.get(i).door().has(path)) {
        return doors.get(i);
      }
    }
    return doors.get(doors.size() - 1);
  }

  private HttpResponse response(
      CountedDoor door,
      @Nullable HttpResponse response,
      @Nullable Throwable failure,
      IngressRequest request,
      long begun) {
    if (response != null) {
      HttpResponse whole = door.door().repeating(request, ContentCodings.varying(response));
      door.answered(request, whole, null, begun);
      return cors.add(request, whole);
    }
    Throwable cause =
        failure == null ? new IllegalStateException("nothing") : Completions.cause(failure);
    request.observed().failed(code(cause));
    HttpResponse why =
        door.door()
            .repeating(
                request, failure(door.door(), cause, request.id(), request.observed().span()));
    door.answered(request, why, cause, begun);
    return cors.add(request, why);
  }

  private static ErrorCode code(Throwable cause) {
    return cause instanceof ServingException known ? known.code() : ErrorCode.INTERNAL;
  }

  /**
   * The answer to a request that cannot be read, in the form that its path's protocol has.
   *
   * @param path as far as it is known
   */
  HttpResponse refusal(String method, String path, ServingException why, String requestId) {
    Observed observed = observer.begin(PROTOCOL, method, path, requestId, TraceHeaders.NONE, 0);
    CountedDoor door = door(path);
    HttpResponse refusal = failure(door.door(), why, requestId, observed.span());
    door.refused(refusal, why);
    observed.failed(why.code());
    observed.end(refusal.status(), refusal.body().length);
    return refusal;
  }

  private static HttpResponse failure(Door door, Throwable cause, String requestId, Span span) {
    if (cause instanceof ServingException known && known.code() != ErrorCode.INTERNAL) {
      return FailureHeaders.add(known, door.failure(known, requestId));
    }
    String id = requestId.isEmpty() ? UUID.randomUUID().toString() : requestId;
    return door.failure(internal(cause, id, span), id);
  }

  /** The answer to a client after a failure whose request is not even known. */
  static HttpResponse failure(Throwable cause, String requestId) {
    if (cause instanceof ServingException known && known.code() != ErrorCode.INTERNAL) {
      return Problem.of(known, requestId);
    }
    String id = requestId.isEmpty() ? UUID.randomUUID().toString() : requestId;
    return Problem.of(internal(cause, id, Span.NONE), id);
  }

  /** What a client is told of a defect, whose details go to the log. */
  private static ServingException internal(Throwable defect, String requestId, Span span) {
    LoggedRequest.log(
        span, () -> LOG.log(System.Logger.Level.ERROR, "request " + requestId, defect));
    return new ServingException(
        ErrorCode.INTERNAL, "the log has the details under this request id");
  }
}
