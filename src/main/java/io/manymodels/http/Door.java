package io.manymodels.http;

import io.manymodels.access.Caller;
import io.manymodels.model.ServingException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * One protocol over HTTP: the paths that are its own, and the form of its answers and errors. It
 * need not ask who sends a request: whoever is not known does not come to it, and {@link
 * io.manymodels.application.ServedModels} refuses what a caller may not. Thread-safe.
 */
public interface Door {
  /** One word for it in metrics. */
  String protocol();

  /**
   * Whether requests to this path are this protocol's. Of several doors the first one that says so
   * answers.
   *
   * @param path decoded, without the query
   */
  boolean has(String path);

  /** Whether everybody may ask this path: it tells only whether the service is well. */
  default boolean isFree(String path) {
    return false;
  }

  /**
   * Answers. Never blocks: what does is for {@code blocking}, see {@link Blocking}.
   *
   * @return fails with {@link ServingException}
   * @throws ServingException what the client is told by {@link #failure}
   */
  CompletableFuture<HttpResponse> answer(IngressRequest request, Caller caller, Executor blocking);

  /**
   * An answer or failure with what this protocol repeats of the request; refusals of requests that
   * could not be read do not come here.
   */
  default HttpResponse repeating(IngressRequest request, HttpResponse response) {
    return response;
  }

  /**
   * What a client is told of a failure, in this protocol's form. The headers that belong to a
   * failure, such as {@code Retry-After}, are added by who asks.
   *
   * @param failure of {@code INTERNAL} the message says nothing of the defect
   * @param requestId empty when there is none
   */
  HttpResponse failure(ServingException failure, String requestId);
}
