package io.manymodels.logging;

import io.manymodels.json.Json;
import io.manymodels.tracing.LoggedRequest;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object on a line for each event: {@code time}, {@code level}, {@code logger}, {@code
 * thread}, {@code message}; where there is one {@code error} with the stack trace; of what was
 * logged about a request {@code request_id}, {@code trace_id} and {@code span_id}. Whatever a text
 * holds, the line stays one line. Thread-safe.
 */
public final class JsonLines extends Formatter {
  private static final int MILLIS = 3;
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(MILLIS).toFormatter();

  @Override
  public String format(LogRecord event) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", TIME.format(event.getInstant()));
    line.put("level", event.getLevel().getName());
    line.put("logger", String.valueOf(event.getLoggerName()));
    line.put("thread", Thread.currentThread().getName());
    line.put("message", formatMessage(event));
    if (event instanceof LoggedFields fields) {
      line.putAll(fields.fields());
    } else {
      putRequest(LoggedRequest.here(), line);
    }
    @Nullable Throwable thrown = event.getThrown();
    if (thrown != null) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace));
      line.put("error", trace.toString());
    }
    return Json.write(line) + "\n";
  }

  private static void putRequest(Span request, Map<String, Object> line) {
    if (!request.requestId().isEmpty()) {
      line.put("request_id", request.requestId());
    }
    @Nullable TraceContext trace = request.context();
    if (trace != null) {
      line.put("trace_id", trace.traceId());
      line.put("span_id", trace.spanId());
    }
  }
}
