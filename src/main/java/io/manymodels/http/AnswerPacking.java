package io.manymodels.http;

import io.manymodels.threads.BoundedPool;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * Compresses answers to those who take that; long ones on threads of its own, because an event loop
 * would stand still for 14 ms a MB (docs/ports.md). While those have enough to do, long answers
 * leave as they are. Thread-safe.
 */
final class AnswerPacking implements AutoCloseable {
  /** In bytes: a millisecond's work. */
  static final int LONG = 64 << 10;

  private static final int THREADS = 2;
  private static final int QUEUE = 32;

  private final BoundedPool pool = BoundedPool.of("http-packing", THREADS, QUEUE);

  /** The answer as it is to be sent. */
  CompletableFuture<HttpResponse> pack(
      IngressRequest request, CompletableFuture<HttpResponse> answer) {
    return ContentCodings.areTaken(request)
        ? answer.thenCompose(response -> pack(request, response))
        : answer;
  }

  private CompletableFuture<HttpResponse> pack(IngressRequest request, HttpResponse response) {
    if (response.body().length < LONG) {
      return CompletableFuture.completedFuture(ContentCodings.packed(request, response));
    }
    try {
      return CompletableFuture.supplyAsync(() -> ContentCodings.packed(request, response), pool);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(response);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
