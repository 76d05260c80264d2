package io.manymodels.adapter.otlp;

import io.manymodels.config.Environment;
import io.manymodels.config.Secret;
import io.manymodels.config.Setting;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import io.manymodels.tracing.Tracing;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.TraceStateBuilder;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.InternalTelemetryVersion;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Records spans by OpenTelemetry's SDK, and sends them once a second on a thread of its own. A span
 * that finds the queue full is dropped, so a collector that is slow or away makes nothing wait.
 * Thread-safe.
 */
final class OtlpTracing implements Tracing {
  private static final System.Logger LOG = System.getLogger(OtlpTracing.class.getName());
  private static final String SCOPE = "io.manymodels";
  private static final String PATH = "/v1/traces";

  /** About 6 MiB, with the attributes that our spans have. */
  private static final int QUEUE = 8_192;

  private static final int MAX_VALUE_LENGTH = 256;
  private static final Duration SENDING = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration ENDING = Duration.ofSeconds(1);
  private static final Duration TELLING = Duration.ofMinutes(1);

  private final SpanCounts counts;
  private final SdkTracerProvider provider;
  private final Tracer tracer;
  private final CountDownLatch closed = new CountDownLatch(1);

  private OtlpTracing(SpanCounts counts, SdkTracerProvider provider) {
    this.counts = counts;
    this.provider = provider;
    this.tracer = provider.get(SCOPE);
  }

  /** As {@link OtlpTracingProvider#open}. */
  static OtlpTracing start(Environment environment, String process) {
    SpanCounts counts = new SpanCounts();
    SdkMeterProvider meters = SdkMeterProvider.builder().registerMetricReader(counts).build();
    BatchSpanProcessor queue =
        BatchSpanProcessor.builder(exporter(environment, meters))
            .setMaxQueueSize(QUEUE)
            .setScheduleDelay(PAUSE)
            .setExporterTimeout(SENDING.multipliedBy(2))
            .setMeterProvider(meters)
            .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
            .build();
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(resource(environment, process))
            .setSampler(Samplers.from(environment))
            .setSpanLimits(
                SpanLimits.builder().setMaxAttributeValueLength(MAX_VALUE_LENGTH).build())
            .addSpanProcessor(queue)
            .build();
    OtlpTracing tracing = new OtlpTracing(counts, provider);
    tracing.tellOfDrops();
    return tracing;
  }

  private static OtlpHttpSpanExporter exporter(Environment environment, SdkMeterProvider meters) {
    String endpoint = environment.required(Setting.OTEL_EXPORTER_OTLP_ENDPOINT);
    OtlpHttpSpanExporterBuilder exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(endpoint.replaceFirst("/+$", "") + PATH)
            .setTimeout(SENDING)
            .setConnectTimeout(SENDING)
            .setCompression("gzip")
            .setMeterProvider(meters)
            .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
            // Ray's threads have none of the application's as context.
            .setServiceClassLoader(OtlpTracing.class.getClassLoader());
    Optional<Secret> headers = environment.secret(Setting.OTEL_EXPORTER_OTLP_HEADERS);
    if (headers.isPresent()) {
      Pairs.of(Setting.OTEL_EXPORTER_OTLP_HEADERS.variable(), headers.get().read())
          .forEach(exporter::addHeader);
    }
    return exporter.build();
  }

  private static Resource resource(Environment environment, String process) {
    AttributesBuilder attributes = Attributes.builder();
    String variable = Setting.OTEL_RESOURCE_ATTRIBUTES.variable();
    environment
        .text(Setting.OTEL_RESOURCE_ATTRIBUTES)
        .map(text -> Pairs.of(variable, text))
        .orElseGet(Map::of)
        .forEach(attributes::put);
    attributes
        .put("service.name", environment.required(Setting.OTEL_SERVICE_NAME))
        .put("service.instance.id", process)
        .put("process.pid", ProcessHandle.current().pid());
    return Resource.getDefault().merge(Resource.create(attributes.build()));
  }

  private void tellOfDrops() {
    long[] told = {0};
    DaemonLoop.start(
        "trace-drops",
        closed,
        () -> {
          var unused = closed.await(TELLING.toSeconds(), TimeUnit.SECONDS);
          long dropped = counts.now().dropped();
          if (dropped > told[0]) {
            LOG.log(
                System.Logger.Level.WARNING,
                "{0} spans of traces were dropped: the collector is away, or too slow",
                String.valueOf(dropped - told[0]));
            told[0] = dropped;
          }
        });
  }

  @Override
  public Span request(String requestId, @Nullable TraceContext caller, long arrivedMillis) {
    SpanBuilder span = tracer.spanBuilder("edge").setSpanKind(SpanKind.SERVER);
    if (arrivedMillis > 0) {
      span.setStartTimestamp(arrivedMillis, TimeUnit.MILLISECONDS);
    }
    return started(span, requestId, caller);
  }

  private Span started(SpanBuilder span, String requestId, @Nullable TraceContext parent) {
    Context root = Context.root();
    if (parent == null) {
      return new OtlpSpan(tracer, span.setParent(root).startSpan(), requestId, "");
    }
    Context remote = root.with(io.opentelemetry.api.trace.Span.wrap(remote(parent)));
    return new OtlpSpan(tracer, span.setParent(remote).startSpan(), requestId, parent.state());
  }

  private static SpanContext remote(TraceContext parent) {
    TraceStateBuilder state = TraceState.builder();
    String[] members = parent.state().split(",", -1);
    // Each is put before those that are there.
    for (int i = members.length - 1; i >= 0; i--) {
      int end = members[i].indexOf('=');
      if (end > 0) {
        state.put(members[i].substring(0, end).strip(), members[i].substring(end + 1).strip());
      }
    }
    return SpanContext.createFromRemoteParent(
        parent.traceId(),
        parent.spanId(),
        TraceFlags.fromByte((byte) parent.flags()),
        state.build());
  }

  @Override
  public Span replica(Span asked) {
    if (asked instanceof OtlpSpan here) {
      return here.child("replica");
    }
    @Nullable TraceContext elsewhere = asked.context();
    return elsewhere == null
        ? asked
        : started(
            tracer.spanBuilder("replica").setSpanKind(SpanKind.SERVER),
            asked.requestId(),
            elsewhere);
  }

  @Override
  public Counts counts() {
    return counts.now();
  }

  @Override
  public void close() {
    closed.countDown();
    var unused = provider.shutdown().join(ENDING.toMillis(), TimeUnit.MILLISECONDS);
  }
}
