package io.manymodels.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/** A collector that takes traces by OTLP over HTTP, and keeps them decoded. Thread-safe. */
public final class Collector implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final Map<String, String> resource = new ConcurrentHashMap<>();
  private final Map<String, String> headers = new ConcurrentHashMap<>();
  private final List<String> texts = new CopyOnWriteArrayList<>();
  private final CountDownLatch answering = new CountDownLatch(1);

  private Collector(HttpServer server) {
    this.server = server;
  }

  /** One that answers. */
  public static Collector start() {
    Collector collector = silent();
    collector.answering.countDown();
    return collector;
  }

  /** One that takes what it is sent, and does not answer until it is closed. */
  public static Collector silent() {
    try {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      Collector collector = new Collector(HttpServer.create(any, 0));
      collector.server.setExecutor(collector.threads);
      collector.server.createContext("/v1/traces", collector::take);
      collector.server.start();
      return collector;
    } catch (IOException e) {
      throw new AssertionError("no port", e);
    }
  }

  private void take(HttpExchange exchange) throws IOException {
    exchange.getRequestHeaders().forEach((name, all) -> headers.put(name, all.get(0)));
    ExportTraceServiceRequest sent;
    try (var body = new GZIPInputStream(exchange.getRequestBody())) {
      sent = ExportTraceServiceRequest.parseFrom(body);
    }
    texts.add(sent.toString());
    for (ResourceSpans each : sent.getResourceSpansList()) {
      resource.putAll(attributes(each.getResource().getAttributesList()));
      each.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
    }
    try {
      if (answering.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        byte[] answer = ExportTraceServiceResponse.getDefaultInstance().toByteArray();
        exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
        exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Waits until a span of this name and trace has come. */
  public Span span(String name, String traceId) {
    Eventually.holds(
        name + " of " + traceId, () -> spans.stream().anyMatch(each -> is(each, name, traceId)));
    return spans.stream().filter(each -> is(each, name, traceId)).findFirst().orElseThrow();
  }

  private static boolean is(Span span, String name, String traceId) {
    return span.getName().equals(name) && hex(span.getTraceId().toByteArray()).equals(traceId);
  }

  /** All spans so far. */
  public List<Span> spans() {
    return spans;
  }

  /** What the spans' process tells of itself. */
  public Map<String, String> resource() {
    return resource;
  }

  /** A header of the last request. */
  public String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** All that has come, as text. */
  public String everything() {
    return String.join("\n", texts);
  }

  /** The attributes of a span. */
  public static Map<String, String> attributes(Span span) {
    return attributes(span.getAttributesList());
  }

  private static Map<String, String> attributes(List<KeyValue> all) {
    Map<String, String> attributes = new ConcurrentHashMap<>();
    for (KeyValue each : all) {
      attributes.put(
          each.getKey(),
          each.getValue().hasStringValue()
              ? each.getValue().getStringValue()
              : String.valueOf(each.getValue().getIntValue()));
    }
    return attributes;
  }

  /** The id of a span. */
  public static String id(Span span) {
    return hex(span.getSpanId().toByteArray());
  }

  /** The id of the span that it is a part of; empty for none. */
  public static String parent(Span span) {
    return hex(span.getParentSpanId().toByteArray());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public void close() {
    answering.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
