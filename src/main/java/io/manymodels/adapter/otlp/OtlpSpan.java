package io.manymodels.adapter.otlp;

import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;

/** A span that is recorded if its trace is sampled. Thread-safe. */
final class OtlpSpan implements Span {
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private final Tracer tracer;
  private final io.opentelemetry.api.trace.Span span;
  private final String requestId;
  private final String state;

  /**
   * Wraps a span that has begun.
   *
   * @param state of other vendors, which is passed on as it came
   */
  OtlpSpan(Tracer tracer, io.opentelemetry.api.trace.Span span, String requestId, String state) {
    this.tracer = tracer;
    this.span = span;
    this.requestId = requestId;
    this.state = state;
  }

  /** Also after this one has ended: a load goes on when its request has given up. */
  @Override
  public Span child(String name) {
    if (!span.getSpanContext().isSampled()) {
      return this;
    }
    // Root: what is current on this thread is no business of this request.
    Context parent = Context.root().with(span);
    return new OtlpSpan(
        tracer, tracer.spanBuilder(name).setParent(parent).startSpan(), requestId, state);
  }

  @Override
  public void put(String key, String value) {
    span.setAttribute(key, value);
  }

  @Override
  public void put(String key, long value) {
    span.setAttribute(key, value);
  }

  @Override
  public void failed(String code) {
    span.setStatus(StatusCode.ERROR).setAttribute(ERROR, code);
  }

  @Override
  public void end() {
    span.end();
  }

  @Override
  public TraceContext context() {
    SpanContext here = span.getSpanContext();
    return new TraceContext(
        here.getTraceId(), here.getSpanId(), here.getTraceFlags().asByte() & 0xFF, state);
  }

  @Override
  public String requestId() {
    return requestId;
  }
}
