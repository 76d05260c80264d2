package io.manymodels.routing;

import io.manymodels.tracing.NamedSpan;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The names of a {@link Span} as bytes: a leading byte, the request id, {@code traceparent} and
 * {@code tracestate}. Nothing at all of {@link Span#NONE}. Stateless.
 */
final class SpanCodec {
  private static final byte NAMES = 1;
  private static final int MAX_ID = 128;

  private SpanCodec() {}

  /** Bytes that {@link #write} writes. */
  static int size(Span span) {
    if (span == Span.NONE) {
      return 0;
    }
    @Nullable TraceContext trace = span.context();
    return Byte.BYTES
        + FrameParts.size(span.requestId())
        + FrameParts.size(trace == null ? "" : trace.traceparent())
        + FrameParts.size(trace == null ? "" : trace.state());
  }

  static void write(Span span, ByteBuffer out) {
    if (span == Span.NONE) {
      return;
    }
    @Nullable TraceContext trace = span.context();
    out.put(NAMES);
    FrameParts.putText(out, span.requestId());
    FrameParts.putText(out, trace == null ? "" : trace.traceparent());
    FrameParts.putText(out, trace == null ? "" : trace.state());
  }

  /** The names, if they are what is left of the frame. */
  static Span read(ByteBuffer in) {
    if (!in.hasRemaining() || in.get() != NAMES) {
      return Span.NONE;
    }
    String requestId = FrameParts.text(in);
    @Nullable TraceContext trace = TraceContext.parse(FrameParts.text(in), FrameParts.text(in));
    boolean named = trace != null || !requestId.isEmpty();
    return named && requestId.length() <= MAX_ID ? new NamedSpan(requestId, trace) : Span.NONE;
  }
}
