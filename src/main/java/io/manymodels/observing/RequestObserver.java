package io.manymodels.observing;

import io.manymodels.config.Environment;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import io.manymodels.tracing.Tracing;
import io.manymodels.tracing.Tracings;
import org.jspecify.annotations.Nullable;

/**
 * Observes the requests that come to this process, as the environment says: not at all by default.
 * Thread-safe.
 */
public final class RequestObserver implements AutoCloseable {
  /** Observes nothing. */
  public static final RequestObserver NONE = new RequestObserver(Tracing.NONE, null);

  private final Tracing tracing;
  private final @Nullable AccessLog log;

  RequestObserver(Tracing tracing, @Nullable AccessLog log) {
    this.tracing = tracing;
    this.log = log;
  }

  /**
   * Begins to observe.
   *
   * @param process a name of this process, such as its replica's
   * @throws IllegalArgumentException when the environment holds a value that is not allowed
   */
  public static RequestObserver from(Environment environment, String process) {
    Tracing tracing = Tracings.from(environment, process);
    @Nullable AccessLog log = AccessLog.from(environment);
    return tracing == Tracing.NONE && log == null ? NONE : new RequestObserver(tracing, log);
  }

  /** Where its spans go. */
  public Tracing tracing() {
    return tracing;
  }

  /**
   * A request has come.
   *
   * @param protocol such as {@code http}
   * @param method of the protocol
   * @param path without what may hold more than a name, such as a query
   * @param requestId its id
   * @param trace the headers {@code traceparent} and {@code tracestate}, which may be wrong
   * @param arrivedMillis wall clock when it came; 0 for now
   */
  public Observed begin(
      String protocol,
      String method,
      String path,
      String requestId,
      TraceHeaders trace,
      long arrivedMillis) {
    @Nullable AccessLog chosen = log != null && log.wants() ? log : null;
    if (chosen == null && tracing == Tracing.NONE) {
      return Observed.NONE;
    }
    @Nullable TraceContext caller = TraceContext.parse(trace.parent(), trace.state());
    Span span =
        tracing == Tracing.NONE
            ? Tracing.NAMES.request(requestId, caller, arrivedMillis)
            : tracing.request(requestId, caller, arrivedMillis);
    return new Observed(
        new Observed.Request(protocol, method, path, requestId),
        span,
        chosen,
        arrivedMillis,
        Ticker.SYSTEM);
  }

  /** Headers of W3C Trace Context, as they came; null where there is none. */
  public record TraceHeaders(@Nullable String parent, @Nullable String state) {
    /** Neither of them. */
    public static final TraceHeaders NONE = new TraceHeaders(null, null);
  }

  @Override
  public void close() {
    tracing.close();
    if (log != null) {
      log.close();
    }
  }
}
