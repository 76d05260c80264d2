package io.manymodels.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import inference.GrpcService.ModelInferRequest;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.grpc.GrpcEdge;
import io.manymodels.http.DirectAddress;
import io.manymodels.stores.Stores;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Collector;
import io.manymodels.testing.InferenceClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collector gets of requests to the application in one process. */
class TracesTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER = "b7ad6b7169203331";
  private static final String PARENT = "00-" + TRACE + "-" + CALLER + "-01";
  private static final ModelInferRequest ROW =
      InferenceClient.request(
              "row_sum",
              InferenceClient.input("x", "FP32", 1, 3).setContents(InferenceClient.floats(1, 2, 3)))
          .build();
  private static final String FEATURE = "31415.9265";

  @TempDir private Path folder;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Collector collector;
  private OneProcess process;

  @BeforeEach
  void start() throws IOException {
    collector = Collector.start();
    byte[] model = Artifacts.tinyOnnx("row_sum");
    Environment environment =
        Environment.empty()
            .with(Setting.REGISTRY, folder.resolve("models").toUri().toString())
            .with(Setting.STATE, folder.resolve("state").toUri().toString())
            .with(Setting.NODE_CACHE, "file:" + folder.resolve("cache") + "?mib=16")
            .with(Setting.GRPC_PORT, "0")
            .with(Setting.REHEARSAL, "off")
            .with(Setting.OTEL_EXPORTER_OTLP_ENDPOINT, collector.endpoint());
    try (var stores = new Stores(environment);
        var registry = stores.writableRegistry()) {
      registry.publish(
          Artifacts.describe(Artifacts.ref("row_sum", 1), model), "", ByteBuffer.wrap(model));
    }
    process =
        OneProcess.start(
            environment,
            MachineDefaults.of(256L << 20, 2),
            new DirectAddress("127.0.0.1", 0, Duration.ofSeconds(60)));
  }

  @AfterEach
  void close() {
    process.drain(Duration.ZERO);
    collector.close();
  }

  private int score(String tenant, String trace) throws Exception {
    String body = "{\"tenant\":\"" + tenant + "\",\"data\":[[1,2," + FEATURE + "]]}";
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + process.port() + "/score?x=secret"))
            .timeout(Duration.ofSeconds(30))
            .header("traceparent", trace)
            .header("X-Request-Id", "id-1")
            .header("Authorization", "Bearer hunter2")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  @Test
  void aRequestIsFollowedFromItsClientToTheModelAndThroughTheTiers() throws Exception {
    assertThat(score("row_sum", PARENT)).isEqualTo(200);
    var edge = collector.span("edge", TRACE);
    assertThat(Collector.parent(edge)).isEqualTo(CALLER);
    assertThat(Collector.attributes(edge))
        .containsEntry("mms.request_id", "id-1")
        .containsEntry("mms.tenant", "row_sum")
        .containsEntry("http.request.method", "POST")
        .containsEntry("url.path", "/score")
        .containsEntry("http.response.status_code", "200");
    var route = collector.span("route", TRACE);
    assertThat(Collector.parent(route)).isEqualTo(Collector.id(edge));
    assertThat(Collector.attributes(route)).containsEntry("mms.deployment", "Deploymentx");
    var replica = collector.span("replica", TRACE);
    assertThat(Collector.parent(replica)).isEqualTo(Collector.id(route));
    var load = collector.span("load", TRACE);
    assertThat(Collector.parent(load)).isEqualTo(Collector.id(replica));
    for (String step : new String[] {"load.lookup", "load.node", "load.model"}) {
      assertThat(Collector.parent(collector.span(step, TRACE)))
          .as(step)
          .isEqualTo(Collector.id(load));
    }
    var registry = collector.span("load.registry", TRACE);
    assertThat(Collector.parent(registry))
        .isEqualTo(Collector.id(collector.span("load.node", TRACE)));
    assertThat(Collector.attributes(registry)).containsEntry("mms.found", "1");
    var predict = collector.span("predict", TRACE);
    assertThat(Collector.parent(predict)).isEqualTo(Collector.id(replica));
    assertThat(Collector.attributes(predict))
        .containsEntry("mms.rows", "1")
        .containsEntry("mms.model_version", "1");
    assertThat(collector.everything()).doesNotContain(FEATURE, "hunter2", "secret");
  }

  @Test
  void aFailureIsTold() throws Exception {
    assertThat(score("nobody", PARENT)).isEqualTo(404);
    for (String name : new String[] {"edge", "route", "replica", "load"}) {
      var span = collector.span(name, TRACE);
      assertThat(Collector.attributes(span))
          .as(name)
          .containsEntry("error.type", "model-not-found");
      assertThat(span.getStatus().getCodeValue()).isEqualTo(2);
    }
  }

  @Test
  void aCallByGrpcIsFollowedToo() {
    Metadata headers = new Metadata();
    Map.of("traceparent", PARENT, "x-request-id", "id-2")
        .forEach(
            (name, value) ->
                headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
    int port = process.grpc().map(GrpcEdge::port).orElseThrow();
    try (InferenceClient grpc =
        InferenceClient.of(
            "127.0.0.1",
            port,
            builder -> builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers)))) {
      assertThat(grpc.infer(ROW).getModelName()).isEqualTo("row_sum");
    }
    var edge = collector.span("edge", TRACE);
    assertThat(Collector.parent(edge)).isEqualTo(CALLER);
    assertThat(Collector.attributes(edge))
        .containsEntry("rpc.system", "grpc")
        .containsEntry("rpc.method", "ModelInfer")
        .containsEntry("rpc.grpc.status_code", "0")
        .containsEntry("mms.request_id", "id-2");
    assertThat(Collector.parent(collector.span("route", TRACE))).isEqualTo(Collector.id(edge));
    assertThat(collector.span("predict", TRACE)).isNotNull();
  }

  @Test
  void aClientThatTracesNothingIsNotFollowed() throws Exception {
    String other = "11111111111111111111111111111111";
    assertThat(score("row_sum", "00-" + other + "-" + CALLER + "-00")).isEqualTo(200);
    assertThat(score("row_sum", PARENT)).isEqualTo(200);
    assertThat(collector.span("edge", TRACE)).isNotNull();
    assertThat(collector.everything()).doesNotContain("\\021\\021\\021");
  }
}
