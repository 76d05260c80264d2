package io.manymodels.tracing;

import org.jspecify.annotations.Nullable;

/** Begins spans of requests, and sends what is recorded of them elsewhere. Thread-safe. */
public interface Tracing extends AutoCloseable {
  /** Records nothing. */
  Tracing NONE = new Unrecorded(false);

  /** Records nothing, but names requests, for what is logged of them. */
  Tracing NAMES = new Unrecorded(true);

  /**
   * Begins the span of a request that a client has sent.
   *
   * @param requestId its id, of which the span is to tell
   * @param caller the trace that the client named; null when it named none
   * @param arrivedMillis wall clock when the request came; 0 for now
   */
  Span request(String requestId, @Nullable TraceContext caller, long arrivedMillis);

  /**
   * Begins the span of a replica that was asked.
   *
   * @param asked of the request, as it was sent or as it is in this process
   */
  Span replica(Span asked);

  /** What has become of the spans so far. */
  Counts counts();

  /** Sends what is recorded, for a second at most, and ends. */
  @Override
  void close();

  /**
   * Counts of spans that have ended.
   *
   * @param sent that the collector has taken
   * @param dropped because too many waited, or the collector did not take them
   */
  record Counts(long sent, long dropped) {
    static final Counts NONE = new Counts(0, 0);
  }
}
