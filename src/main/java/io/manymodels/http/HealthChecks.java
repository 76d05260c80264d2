package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
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
   * @param callers proxies send requests for as long as {@link #ALIVE} succeeds, so for them it
   *     asks what {@link #READY} does
   * @param draining whether this Dispatcher is about to end
   */
  @Nullable HttpResponse answer(Exchange exchange, Callers callers, boolean draining) {
    String target = exchange.target();
    if (!target.startsWith(PREFIX)) {
      return null;
    }
    boolean ready = target.equals(READY);
    if (!ready && !target.equals(ALIVE)) {
      return null;
    }
    String method = exchange.method().name();
    if (!MethodNotAllowedException.GET.contains(method)) {
      return Problem.of(
          new MethodNotAllowedException(MethodNotAllowedException.GET), exchange.id());
    }
    if (!ready && !callers.areProxies()) {
      return text("success");
    }
    return state.hasTable() && !draining
        ? text("ready")
        : Problem.of(
            new ServingException(ErrorCode.NO_REPLICA, "the Dispatcher is not ready"),
            exchange.id());
  }

  private static HttpResponse text(String body) {
    return new HttpResponse(200, "text/plain", Map.of(), body);
  }
}
