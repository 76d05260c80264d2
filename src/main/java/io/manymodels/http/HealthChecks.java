package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The paths by which a load balancer or Kubernetes asks whether a Dispatcher is alive ({@code
 * /-/healthz}) and ready for requests ({@code /-/ready}). Answered on the event loop, without the
 * routes behind it. Thread-safe.
 */
final class HealthChecks {
  private static final String PREFIX = "/-/";
  private static final String ALIVE = "/-/healthz";
  private static final String READY = "/-/ready";

  private final DispatcherState state;

  HealthChecks(DispatcherState state) {
    this.state = state;
  }

  /**
   * The answer to a health check; null when the request is none.
   *
   * @param target the request target, as sent
   * @param draining whether this Dispatcher is about to end
   */
  @Nullable HttpResponse answer(String method, String target, String requestId, boolean draining) {
    if (!target.startsWith(PREFIX)) {
      return null;
    }
    boolean ready = target.equals(READY);
    if (!ready && !target.equals(ALIVE)) {
      return null;
    }
    if (!method.equals("GET") && !method.equals("HEAD")) {
      return Problem.methodNotAllowed(List.of("GET", "HEAD"), requestId);
    }
    if (!ready) {
      return text("success");
    }
    return state.hasTable() && !draining
        ? text("ready")
        : Problem.of(
            new ServingException(ErrorCode.NO_REPLICA, "the Dispatcher is not ready"), requestId);
  }

  private static HttpResponse text(String body) {
    return new HttpResponse(200, "text/plain", Map.of(), body);
  }
}
