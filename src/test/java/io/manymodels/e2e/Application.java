package io.manymodels.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.assertj.core.api.Assertions;

/**
 * The running application as its clients and operators reach it: on the Ray cluster that system
 * properties name, else in a process that the first test starts from the jar. Thread-safe.
 */
final class Application {
  /** Pinned where deploy/demo/tenants.yaml pins them. */
  static final Map<String, String> INITIAL_POOL =
      new TreeMap<>(Map.of("tenant9", "deployment9", "tenant10", "deployment10"));

  /** Hot deployments, each with a capacity of one. */
  private static final int PLACES = 10;

  private static final Duration SETTLING = Duration.ofSeconds(30);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(40);

  private static final ProxySelector NO_PROXY =
      new ProxySelector() {
        @Override
        public List<Proxy> select(URI uri) {
          return List.of(Proxy.NO_PROXY);
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
      };

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .proxy(NO_PROXY)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final Root root;
  private final URI base;

  private Application(Root root, URI base) {
    this.root = root;
    this.base = base;
  }

  /** The one that all tests share. */
  static Application running() {
    return of(RayRoot.isThere() ? RayRoot.running() : OneProcessRoot.running());
  }

  /** The same, asked on the way that the test names. */
  static Application of(Class<?> test) {
    if (test.isAnnotationPresent(ThroughPythonProxy.class)) {
      return new Application(RayRoot.running(), RayRoot.pythonProxy());
    }
    return test.isAnnotationPresent(OverDirectPort.class) ? direct() : running();
  }

  /** The same, asked without a proxy. */
  static Application direct() {
    return RayRoot.isThere()
        ? new Application(RayRoot.running(), RayRoot.direct())
        : Application.running();
  }

  static Application of(Root root) {
    return new Application(root, root.base());
  }

  /** Takes no proxy of the environment, and keeps connections. */
  static HttpClient client() {
    return CLIENT;
  }

  Root root() {
    return root;
  }

  /** The folder registry that it reads; tests may add tenants of their own. */
  RegistryFolder registry() {
    return new RegistryFolder(root.folder().resolve("models"));
  }

  URI base() {
    return base;
  }

  String token() {
    return root.token();
  }

  /** A request to a path, without body or headers so far. */
  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).timeout(REQUEST_TIMEOUT);
  }

  /** Sends; fails when there is no HTTP answer. */
  Answer send(HttpRequest.Builder request) {
    try {
      return trySend(request);
    } catch (IOException e) {
      throw new AssertionError("no answer to " + request.build(), e);
    }
  }

  /** Sends; throws when there is no HTTP answer. */
  Answer trySend(HttpRequest.Builder request) throws IOException {
    try {
      return Answer.of(CLIENT.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  Answer get(String path) {
    return send(request(path));
  }

  Answer postJson(String path, String json) {
    return send(jsonRequest(path, json));
  }

  HttpRequest.Builder jsonRequest(String path, String json) {
    return request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(json));
  }

  Answer score(String tenant, JsonNode rows) {
    return send(scoreRequest(tenant, rows));
  }

  HttpRequest.Builder scoreRequest(String tenant, JsonNode rows) {
    return jsonRequest(
        "/score",
        Answer.JSON.createObjectNode().put("tenant", tenant).set("data", rows).toString());
  }

  /** Asks for a dedicated pool, as an operator who has the token. */
  Answer replacePool(Map<String, String> mapping) {
    return send(poolRequest(mapping).header("Authorization", "Bearer " + token()));
  }

  /** The same without the token. */
  HttpRequest.Builder poolRequest(Map<String, String> mapping) {
    return jsonRequest(
        "/update_dedicated_pool",
        Answer.JSON.createObjectNode().set("mapping", Answer.JSON.valueToTree(mapping)).toString());
  }

  /** Puts the dedicated pool back as the yaml has it. */
  void restorePool() {
    if (!dedicated().equals(INITIAL_POOL)) {
      Answer unused = expectOk(replacePool(INITIAL_POOL));
    }
  }

  private static Answer expectOk(Answer answer) {
    if (answer.status() != 200) {
      throw new AssertionError("expected 200: " + answer);
    }
    return answer;
  }

  /** Tenant to deployment of every placed tenant. */
  SortedMap<String, String> placed() {
    return texts(get("/deployment_map").ok().path("deployment_map"));
  }

  /** Tenant to deployment of every pinned tenant. */
  SortedMap<String, String> dedicated() {
    return texts(get("/deployment_map").ok().path("dedicated"));
  }

  /** The members of a JSON object whose values are texts. */
  static SortedMap<String, String> texts(JsonNode object) {
    SortedMap<String, String> texts = new TreeMap<>();
    object.properties().forEach(member -> texts.put(member.getKey(), member.getValue().asText()));
    return texts;
  }

  /** Asks for tenants until every place is taken, then waits until what is placed is held. */
  void fill() {
    Await.until(
        "every place is taken",
        SETTLING,
        () -> {
          if (placed().size() == PLACES) {
            return true;
          }
          for (String tenant : Expected.tenants()) {
            JsonNode unused = score(tenant, Expected.row(tenant, 0)).ok();
          }
          return false;
        });
    awaitTableHeld(SETTLING);
  }

  /** Waits until the hot replicas hold what the table places, and nothing else. */
  void awaitTableHeld(Duration atMost) {
    Await.untilAsserted(atMost, () -> Assertions.assertThat(held()).isEqualTo(placed()));
  }

  JsonNode status() {
    return get("/status").ok();
  }

  /** What the hot replicas say they hold: tenant to deployment, spelt as in the deployment map. */
  SortedMap<String, String> held() {
    SortedMap<String, String> held = new TreeMap<>();
    for (JsonNode hot : status().path("placement").path("hot")) {
      String name = hot.path("deployment").asText().replaceFirst("^D", "d");
      for (JsonNode replica : hot.path("replicas")) {
        replica
            .path("models")
            .fieldNames()
            .forEachRemaining(tenant -> held.merge(tenant, name, (a, b) -> a + " and " + b));
      }
    }
    return held;
  }
}
