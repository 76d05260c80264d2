package io.manymodels.observing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.Environment;
import io.manymodels.json.Json;
import io.manymodels.logging.JsonLines;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.TenantId;
import io.manymodels.observing.RequestObserver.TraceHeaders;
import io.manymodels.testing.Eventually;
import io.manymodels.tracing.Tracing;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class AccessLogTest {
  private static final TraceHeaders TRACE =
      new TraceHeaders("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", null);

  private final List<LogRecord> lines = new CopyOnWriteArrayList<>();

  private LogRecord line() {
    Eventually.holds("a line", () -> !lines.isEmpty());
    return lines.get(0);
  }

  @Test
  void aLineTellsWhoAskedForWhatAndHowItWasAnswered() throws Exception {
    try (AccessLog log = new AccessLog(1, lines::add)) {
      RequestObserver observer = new RequestObserver(Tracing.NONE, log);
      Observed observed = observer.begin("http", "POST", "/score", "id-1", TRACE, 0);
      observed.asks("ops", new TenantId("t1"));
      observed.failed(ErrorCode.LOAD_FAILED);
      observed.end(502, 17);
      assertThat(line().getMessage())
          .matches(
              "request protocol=http method=POST path=/score status=502 code=load-failed"
                  + " duration_ms=[0-9.]+ bytes=17 tenant=t1 caller=ops request_id=id-1"
                  + " trace_id=0af7651916cd43dd8448eb211c80319c");
      var json = Json.mapper().readTree(new JsonLines().format(line()));
      assertThat(json.get("status").asInt()).isEqualTo(502);
      assertThat(json.get("tenant").asText()).isEqualTo("t1");
      assertThat(json.get("trace_id").asText()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    }
  }

  @Test
  void whatAClientWritesMakesNoSecondLineAndNoSecondField() throws Exception {
    String path = "/models/<b>\"x\"\n2026 status=200\u202e\u0007" + "y".repeat(100_000);
    try (AccessLog log = new AccessLog(1, lines::add)) {
      RequestObserver observer = new RequestObserver(Tracing.NONE, log);
      observer.begin("http", "GET", path, "id", TraceHeaders.NONE, 0).end(404, -1);
      assertThat(line().getMessage())
          .contains("path=/models/<b>\"x\"%u000a2026%u0020status=200%u202e%u0007yyy")
          .hasSizeLessThan(500);
      String json = new JsonLines().format(line());
      assertThat(json.indexOf('\n')).isEqualTo(json.length() - 1);
      assertThat(Json.mapper().readTree(json).get("status").asInt()).isEqualTo(404);
    }
  }

  @Test
  void aShareOfTheRequestsIsChosen() {
    try (AccessLog log = new AccessLog(0.1, lines::add)) {
      int chosen = 0;
      for (int i = 0; i < 10_000; i++) {
        chosen += log.wants() ? 1 : 0;
      }
      // Nine standard deviations.
      assertThat(chosen).isBetween(730, 1_270);
    }
  }

  @Test
  void aLogThatIsNotWrittenMakesNothingWaitAndDropsAreCounted() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    try (AccessLog log =
        new AccessLog(
            1,
            line -> {
              try {
                assertThat(stuck.await(30, TimeUnit.SECONDS)).isTrue();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              lines.add(line);
            })) {
      RequestObserver observer = new RequestObserver(Tracing.NONE, log);
      for (int i = 0; i < 10_000; i++) {
        observer.begin("http", "GET", "/status", "id", TraceHeaders.NONE, 0).end(200, 1);
      }
      assertThat(log.dropped()).isBetween(10_000L - 4_096 - 1, 10_000L - 4_096);
      stuck.countDown();
      Eventually.holds("the others", () -> lines.size() >= 4_096);
    }
  }

  @Test
  void withoutALogAndTracesNothingIsObserved() {
    RequestObserver none = RequestObserver.from(Environment.empty(), "process");
    assertThat(none).isSameAs(RequestObserver.NONE);
    assertThat(none.begin("http", "GET", "/", "id", TRACE, 0)).isSameAs(Observed.NONE);
  }
}
