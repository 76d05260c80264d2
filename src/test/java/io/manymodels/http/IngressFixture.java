package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.access.AdminToken;
import io.manymodels.access.Gate;
import io.manymodels.access.OpenGate;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.Dispatchers;
import io.manymodels.application.ServedModels;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.json.Json;
import io.manymodels.observing.RequestObserver;
import io.manymodels.protocol.Protocols;
import io.manymodels.stores.Stores;
import io.manymodels.testing.FakeCluster;
import io.manymodels.transport.EventLoops;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;

/** A Dispatcher with its HTTP in this process, before a cluster that answers as a test says. */
abstract class IngressFixture {
  static final String ID = "request-1";
  static final String ROWS = "{\"tenant\":\"tenant01\",\"data\":[[1,2],[3,4]]}";
  static final String POOL = "{\"mapping\":{\"tenant09\":\"deployment2\"}}";
  static final ApplicationConfig APPLICATION =
      new ApplicationConfig(
          "many-models",
          List.of("Deployment1", "Deployment2"),
          "Deploymentx",
          "SharedMemory",
          "Dispatcher");

  final FakeCluster cluster = new FakeCluster(APPLICATION);
  final Dispatcher<DeploymentMap> dispatcher =
      Dispatchers.dispatcher(APPLICATION, cluster, cluster, cluster, cluster, DeploymentMap::of);
  final EventLoops loops = EventLoops.start("test-http");
  final Stores stores =
      new Stores(Environment.empty().with(Setting.REGISTRY, "memory:ingress-" + UUID.randomUUID()));
  HttpEdge edge = edge(OpenGate.with(AdminToken.from(Environment.empty())));

  final HttpEdge edge(Gate gate) {
    return edge(stores, gate);
  }

  final HttpEdge edge(Stores registry, Gate gate) {
    return edge(registry, gate, Environment.empty());
  }

  final HttpEdge edge(Stores registry, Gate gate, Environment environment) {
    ServedModels models = new ServedModels(dispatcher, registry.descriptions(), registry::registry);
    return new HttpEdge(
        dispatcher,
        models,
        Protocols.doors(models, Protocols.v2(models, environment)),
        gate,
        EdgeOptions.DEFAULT,
        RequestObserver.NONE,
        loops,
        "127.0.0.1",
        Optional.empty());
  }

  @AfterEach
  void close() {
    dispatcher.close();
    loops.close();
    stores.close();
  }

  /** An answer as the middleware reads it. */
  record Answer(JsonNode head, String body) {
    static Answer of(String envelope) {
      assertThat(envelope).startsWith("\u0001");
      int end = envelope.indexOf('\n');
      return new Answer(
          Json.read(envelope.substring(1, end), JsonNode.class), envelope.substring(end + 1));
    }

    int status() {
      return head.path("s").asInt();
    }

    JsonNode json() {
      return Json.read(body, JsonNode.class);
    }

    String header(String name) {
      return head.path("h").path(name).asText();
    }
  }

  /** A request as the middleware writes it; what follows a question mark is the query. */
  final Answer send(String method, String target, Map<String, String> headers, String body) {
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    Map<String, Object> head = new TreeMap<>();
    head.put("m", method);
    head.put("p", path);
    head.put("q", mark < 0 ? "" : target.substring(mark + 1));
    head.put("h", headers);
    head.put("id", ID);
    head.put("t", 0);
    return Answer.of(edge.answer("\u0001" + Json.write(head) + "\n" + body));
  }

  final Answer post(String path, String body) {
    return send("POST", path, Map.of("content-type", "application/json"), body);
  }

  final Answer get(String path) {
    return send("GET", path, Map.of(), "");
  }

  static JsonNode assertProblem(Answer answer, int status, String type, String detail) {
    assertThat(answer.body()).isNotEmpty();
    JsonNode problem = answer.json();
    assertThat(answer.status()).as("%s", problem).isEqualTo(status);
    assertThat(answer.head().path("t").asText()).isEqualTo("application/problem+json");
    assertThat(problem.path("type").asText()).isEqualTo("urn:many-models:problem:" + type);
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("title").asText()).isNotEmpty();
    assertThat(problem.path("detail").asText()).isEqualTo(detail);
    assertThat(problem.path("instance").asText()).isEqualTo(ID);
    boolean later = status == 429 || status == 503;
    assertThat(answer.header("retry-after")).isEqualTo(later ? "1" : "");
    return problem;
  }
}
