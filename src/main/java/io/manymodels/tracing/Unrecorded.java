package io.manymodels.tracing;

import org.jspecify.annotations.Nullable;

/**
 * Where no exporter is configured. Immutable.
 *
 * @param names whether requests are named
 */
record Unrecorded(boolean names) implements Tracing {
  @Override
  public Span request(String requestId, @Nullable TraceContext caller, long arrivedMillis) {
    return names ? new NamedSpan(requestId, caller) : Span.NONE;
  }

  @Override
  public Span replica(Span asked) {
    return asked;
  }

  @Override
  public Counts counts() {
    return Counts.NONE;
  }

  @Override
  public void close() {}
}
