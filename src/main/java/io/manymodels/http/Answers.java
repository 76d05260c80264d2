package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.Completions;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The answer to any request, whatever goes wrong, and however it came. Thread-safe. */
final class Answers {
  private static final System.Logger LOG = System.getLogger(Answers.class.getName());

  private final Routes routes;

  Answers(Routes routes) {
    this.routes = routes;
  }

  /**
   * Never fails, never throws. What hangs on the answer may run on a thread that must not be
   * blocked.
   *
   * @param blocking runs what waits for other replicas
   */
  CompletableFuture<HttpResponse> to(IngressRequest request, Executor blocking) {
    try {
      return routes
          .answer(request, blocking)
          .handle((response, failure) -> response(response, failure, request.id()));
    } catch (RuntimeException | Error e) {
      return CompletableFuture.completedFuture(response(null, e, request.id()));
    }
  }

  private static HttpResponse response(
      @Nullable HttpResponse response, @Nullable Throwable failure, String requestId) {
    if (response != null) {
      return response;
    }
    Throwable cause =
        failure == null ? new IllegalStateException("nothing") : Completions.cause(failure);
    return failure(cause, requestId);
  }

  /** The answer to a client after a failure; after a defect, that of {@link #internal}. */
  static HttpResponse failure(Throwable cause, String requestId) {
    return cause instanceof ServingException known && known.code() != ErrorCode.INTERNAL
        ? Problem.of(known, requestId)
        : internal(cause, requestId);
  }

  /** The answer to a client after a defect, whose details go to the log. */
  static HttpResponse internal(Throwable defect, String requestId) {
    String id = requestId.isEmpty() ? UUID.randomUUID().toString() : requestId;
    LOG.log(System.Logger.Level.ERROR, "request " + id, defect);
    return Problem.of(
        new ServingException(ErrorCode.INTERNAL, "the log has the details under this request id"),
        id);
  }
}
