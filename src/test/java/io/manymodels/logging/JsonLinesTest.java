package io.manymodels.logging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.json.Json;
import io.manymodels.tracing.LoggedRequest;
import io.manymodels.tracing.NamedSpan;
import io.manymodels.tracing.TraceContext;
import java.io.IOException;
import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private static final TraceContext TRACE =
      new TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1, "");

  private final JsonLines format = new JsonLines();

  @AfterEach
  void asBefore() throws IOException {
    LogManager.getLogManager().readConfiguration();
  }

  private JsonNode object(LogRecord event) {
    String line = format.format(event);
    assertThat(line.chars().filter(each -> each == '\n' || each == '\r').count()).isOne();
    assertThat(line).endsWith("}\n");
    try {
      return Json.mapper().readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }

  @Test
  void anEventIsAnObjectOnALine() {
    LogRecord event = new LogRecord(Level.WARNING, "model {0} \"failed\"\r\n<script>\u2028\u0000");
    event.setParameters(new Object[] {"a@1"});
    event.setLoggerName("io.manymodels.X");
    JsonNode line = object(event);
    assertThat(line.get("message").asText())
        .isEqualTo("model a@1 \"failed\"\r\n<script>\u2028\u0000");
    assertThat(line.get("level").asText()).isEqualTo("WARNING");
    assertThat(line.get("logger").asText()).isEqualTo("io.manymodels.X");
    assertThat(line.get("time").asText()).matches("\\d{4}-.*T.*\\.\\d{3}Z");
    assertThat(line.has("request_id")).isFalse();
    assertThat(line.has("error")).isFalse();
  }

  @Test
  void aStackTraceIsInTheLine() {
    LogRecord event = new LogRecord(Level.SEVERE, "request x");
    event.setThrown(new IllegalStateException("broken\nin two"));
    assertThat(object(event).get("error").asText())
        .contains("broken\nin two", "aStackTraceIsInTheLine");
  }

  @Test
  void whatIsLoggedAboutARequestHasItsIds() {
    LogRecord event = new LogRecord(Level.INFO, "x");
    JsonNode line = LoggedRequest.about(new NamedSpan("id-1", TRACE), () -> object(event));
    assertThat(line.get("request_id").asText()).isEqualTo("id-1");
    assertThat(line.get("trace_id").asText()).isEqualTo(TRACE.traceId());
    assertThat(line.get("span_id").asText()).isEqualTo(TRACE.spanId());
    assertThat(object(event).has("request_id")).as("afterwards").isFalse();
  }

  @Test
  void theEnvironmentChoosesIt() throws IOException {
    String formatter = ConsoleHandler.class.getName() + ".formatter";
    LogSettings.apply(Level.WARNING, Environment.empty().with(Setting.LOG, "json"));
    assertThat(LogManager.getLogManager().getProperty(formatter))
        .isEqualTo(JsonLines.class.getName());
    for (String other : new String[] {"text", "xml"}) {
      LogSettings.apply(Level.WARNING, Environment.empty().with(Setting.LOG, other));
      assertThat(LogManager.getLogManager().getProperty(formatter)).isNull();
    }
  }
}
