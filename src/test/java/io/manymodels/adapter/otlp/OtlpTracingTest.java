package io.manymodels.adapter.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.testing.Collector;
import io.manymodels.testing.Eventually;
import io.manymodels.tracing.NamedSpan;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import io.manymodels.tracing.Tracing;
import io.manymodels.tracing.Tracings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtlpTracingTest {
  private static final TraceContext CALLER =
      new TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1, "a=1,b=2");
  private static final TraceContext UNSAMPLED =
      new TraceContext(CALLER.traceId(), CALLER.spanId(), 0, "");

  /** More than the queue has room for. */
  private static final int MANY = 50_000;

  private static Environment to(String endpoint) {
    return Environment.empty().with(Setting.OTEL_EXPORTER_OTLP_ENDPOINT, endpoint);
  }

  @Test
  void aSpanArrivesWithWhatWasNotedAndItsPlaceInTheTrace() {
    try (Collector collector = Collector.start();
        Tracing tracing =
            Tracings.from(
                to(collector.endpoint() + "/")
                    .with(
                        Setting.OTEL_EXPORTER_OTLP_HEADERS,
                        "x-tenant=t%20one,Authorization=Basic%20c2Vj")
                    .with(Setting.OTEL_SERVICE_NAME, "scoring")
                    .with(Setting.OTEL_RESOURCE_ATTRIBUTES, "zone=eu%2C1"),
                "replica-1")) {
      Span edge = tracing.request("id-1", CALLER, 1_700_000_000_000L);
      edge.put("text", "\"<b>\n" + "x".repeat(1_000));
      Span route = edge.child("route");
      route.put("rows", 3);
      route.failed("load-failed");
      route.end();
      edge.end();
      var sent = collector.span("edge", CALLER.traceId());
      assertThat(Collector.parent(sent)).isEqualTo(CALLER.spanId());
      assertThat(sent.getTraceState()).isEqualTo("a=1,b=2");
      assertThat(sent.getStartTimeUnixNano()).isEqualTo(1_700_000_000_000_000_000L);
      assertThat(Collector.attributes(sent).get("text")).hasSize(256).startsWith("\"<b>\n");
      var part = collector.span("route", CALLER.traceId());
      assertThat(Collector.parent(part)).isEqualTo(Collector.id(sent));
      assertThat(Collector.attributes(part)).containsEntry("rows", "3");
      assertThat(Collector.attributes(part)).containsEntry("error.type", "load-failed");
      assertThat(part.getStatus().getCodeValue()).isEqualTo(2);
      assertThat(collector.resource())
          .containsEntry("service.name", "scoring")
          .containsEntry("service.instance.id", "replica-1")
          .containsEntry("zone", "eu,1");
      assertThat(collector.header("X-tenant")).isEqualTo("t one");
      assertThat(collector.header("Authorization")).isEqualTo("Basic c2Vj");
      Eventually.holds("counted", () -> tracing.counts().sent() == 2);
      assertThat(tracing.counts().dropped()).isZero();
    }
  }

  @Test
  void anotherProcessGoesOnWithTheTraceThatItIsTold() {
    try (Collector collector = Collector.start();
        Tracing dispatcher = Tracings.from(to(collector.endpoint()), "dispatcher");
        Tracing replica = Tracings.from(to(collector.endpoint()), "replica")) {
      Span asked = dispatcher.request("id-2", null, 0);
      TraceContext told = asked.context();
      assertThat(told).isNotNull();
      Span there = replica.replica(new NamedSpan("id-2", told));
      assertThat(there.requestId()).isEqualTo("id-2");
      there.end();
      asked.end();
      assertThat(Collector.parent(collector.span("replica", told.traceId())))
          .isEqualTo(told.spanId());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "parentbased_always_on,0,false",
    "parentbased_always_on,1,true",
    "always_on,0,true",
    "always_off,1,false",
    "parentbased_traceidratio,1,true",
    "traceidratio,1,false"
  })
  void whoIsTracedIsSaidByTheSampler(String sampler, int callerSampled, boolean traced) {
    Environment environment =
        to("http://127.0.0.1:9")
            .with(Setting.OTEL_TRACES_SAMPLER, sampler)
            .with(Setting.OTEL_TRACES_SAMPLER_ARG, "0");
    try (Tracing tracing = Tracings.from(environment, "x")) {
      Span span = tracing.request("id", callerSampled == 1 ? CALLER : UNSAMPLED, 0);
      TraceContext context = span.context();
      assertThat(context.isSampled()).isEqualTo(traced);
      assertThat(context.traceId()).isEqualTo(CALLER.traceId());
      // What is not recorded has no parts either.
      assertThat(span.child("route") == span).isEqualTo(!traced);
      span.end();
    }
  }

  @Test
  void aCollectorThatIsAwayMakesNothingWaitAndDropsAreCounted() throws IOException {
    int nobody;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = taken.getLocalPort();
    }
    Tracing tracing = Tracings.from(to("http://127.0.0.1:" + nobody), "x");
    makesNothingWait(tracing);
  }

  @Test
  void aCollectorThatNeverAnswersMakesNothingWaitAndDropsAreCounted() {
    try (Collector silent = Collector.silent()) {
      makesNothingWait(Tracings.from(to(silent.endpoint()), "x"));
    }
  }

  private static void makesNothingWait(Tracing tracing) {
    long longest = 0;
    long start = System.nanoTime();
    for (int i = 0; i < MANY; i++) {
      long before = System.nanoTime();
      tracing.request("id", null, 0).end();
      longest = Math.max(longest, System.nanoTime() - before);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofSeconds(4));
    assertThat(tracing.counts().dropped()).isGreaterThan(MANY / 2);
    long ending = System.nanoTime();
    tracing.close();
    assertThat(Duration.ofNanos(System.nanoTime() - ending)).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void whatIsNotAllowedIsRefusedWithoutItsValue() {
    Environment secret =
        to("http://127.0.0.1:9").with(Setting.OTEL_EXPORTER_OTLP_HEADERS, "hunter2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tracings.from(secret, "x"))
        .withMessageContaining("OTEL_EXPORTER_OTLP_HEADERS")
        .withMessageNotContaining("hunter2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tracings.from(to("collector:4317"), "x"))
        .withMessageContaining("OTEL_EXPORTER_OTLP_ENDPOINT");
  }

  @Test
  void withoutACollectorNothingIsMade() {
    Tracing none = Tracings.from(Environment.empty(), "x");
    assertThat(none).isSameAs(Tracing.NONE);
    assertThat(none.request("id", CALLER, 0)).isSameAs(Span.NONE);
    Tracing names = Tracings.from(Environment.empty().with(Setting.LOG, "json"), "x");
    assertThat(names.request("id", CALLER, 0)).isEqualTo(new NamedSpan("id", CALLER));
  }
}
