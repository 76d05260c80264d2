package io.manymodels.adapter.azureml;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.azure.core.credential.TokenCredential;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.json.Json;
import io.manymodels.model.ModelRef;
import io.manymodels.testing.Artifacts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Azure Resource Manager and Azure Storage as far as their documentation describes what a registry
 * needs of them, over HTTPS. The storage account {@code acct} is found at its real address by the
 * client of {@link #access}, and at {@code https://localhost:port/acct}.
 */
final class AzureMlStub implements AutoCloseable {
  static final String GROUP = "/subscriptions/0000-1111/resourceGroups/rg-test";
  static final String WORKSPACE =
      GROUP + "/providers/Microsoft.MachineLearningServices/workspaces/ws-test";
  static final String REGISTRY =
      GROUP + "/providers/Microsoft.MachineLearningServices/registries/reg-test";
  private static final StubTls TLS = StubTls.make();

  static {
    // Else head and body of every answer wait 40 ms for each other.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private static final int THREADS = 8;

  /** An answer instead of the right one. */
  record Answer(int status, Map<String, String> headers, ByteBuffer body) {
    static Answer of(int status, String... headers) {
      Map<String, String> all = new TreeMap<>();
      for (int i = 0; i < headers.length; i += 2) {
        all.put(headers[i], headers[i + 1]);
      }
      return new Answer(status, all, UTF_8.encode("{\"error\":{\"code\":\"Stub\"}}"));
    }

    static Answer json(String text) {
      return new Answer(200, Map.of(), UTF_8.encode(text));
    }
  }

  private final HttpsServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<Map.Entry<String, Answer>> planned = new ArrayList<>();
  private final Map<String, NavigableMap<String, Map<String, Object>>> models =
      new ConcurrentSkipListMap<>();
  private final Map<String, Map<String, Object>> datastores = new ConcurrentSkipListMap<>();
  private final Map<String, byte[]> blobs = new ConcurrentSkipListMap<>();
  private volatile String parent = WORKSPACE;
  private volatile boolean silent;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile int pageSize = 1_000;
  private volatile Function<String, String> nextLink = Function.identity();

  AzureMlStub() throws IOException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(TLS.server()));
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    putDatastore(
        "blobstore",
        Map.of(
            "datastoreType", "AzureBlob",
            "accountName", "acct",
            "containerName", "models",
            "endpoint", "core.windows.net",
            "protocol", "https"));
  }

  String arm() {
    return "https://localhost:" + server.getAddress().getPort();
  }

  URI uri() {
    return URI.create(
        "azureml:/"
            + parent.replace("/providers/Microsoft.MachineLearningServices", "")
            + "?arm="
            + arm());
  }

  AzureMlModels models() {
    return models(access());
  }

  AzureMlModels models(AzureAccess access) {
    return new AzureMlModels(AzureMlLocation.parse(uri()), access);
  }

  /** A client that trusts the stub, with the tokens that it expects. */
  AzureAccess access() {
    return access(StubAccess.TOKENS, Duration.ofSeconds(10));
  }

  AzureAccess access(TokenCredential credential, Duration patience) {
    return StubAccess.to(arm(), TLS.client(), credential, patience);
  }

  /** From now on what is asked for belongs to a registry instead of a workspace. */
  void beRegistry() {
    parent = REGISTRY;
  }

  /** As if the workspace were deleted. */
  void beGone() {
    parent = "/gone";
  }

  /** Takes requests and never answers. */
  void beSilent() {
    silent = true;
  }

  void pageSize(int entries) {
    pageSize = entries;
  }

  void nextLink(Function<String, String> rewrite) {
    nextLink = rewrite;
  }

  /** Answers the next request whose path and query contain the words with this. */
  void plan(String words, Answer... answers) {
    synchronized (planned) {
      Arrays.stream(answers).forEach(answer -> planned.add(Map.entry(words, answer)));
    }
  }

  /** Path and query of every request. */
  List<String> requests() {
    return requests;
  }

  long requests(String words) {
    return requests.stream().filter(request -> request.contains(words)).count();
  }

  void publish(ArtifactDescriptor artifact, byte[] bytes) {
    String path = artifact.ref() + "/model." + artifact.format();
    putBlob("acct/models/" + path, bytes);
    Map<String, Object> properties =
        properties(
            "azureml:/"
                + WORKSPACE.replace("/providers/Microsoft.MachineLearningServices", "")
                + "/datastores/blobstore/paths/"
                + path);
    tags(properties).put("sha256", artifact.digest().hex());
    tags(properties).put("size", Long.toString(artifact.sizeBytes()));
    tags(properties).put("format", artifact.format());
    Map<String, Object> before = version(artifact.ref());
    if (before != null && tags(before).containsKey("live")) {
      tags(properties).put("live", tags(before).get("live"));
    }
    putVersion(artifact.ref().tenant().value(), artifact.ref().version().toString(), properties);
    properties.put("createdAt", artifact.created().toString());
  }

  /** Moves the tag; a version that is not there is made, archived. */
  void setLive(ModelRef ref) {
    String model = ref.tenant().value();
    versions(model).values().forEach(properties -> tags(properties).remove("live"));
    if (version(ref) == null) {
      Map<String, Object> archived = properties("https://nowhere");
      archived.put("isArchived", true);
      putVersion(model, ref.version().toString(), archived);
    }
    tags(version(ref)).put("live", "true");
  }

  void putVersion(String model, String version, Map<String, Object> properties) {
    versions(model).put(version, properties);
  }

  Map<String, Object> version(ModelRef ref) {
    return versions(ref.tenant().value()).get(ref.version().toString());
  }

  void putDatastore(String name, Map<String, Object> properties) {
    datastores.put(name, properties);
  }

  /** {@code path} starts with account and container. */
  void putBlob(String path, byte[] bytes) {
    blobs.put(path, bytes);
  }

  /** The properties of a version without tags. */
  static Map<String, Object> properties(String modelUri) {
    Map<String, Object> properties = new TreeMap<>();
    properties.put("modelUri", modelUri);
    properties.put("modelType", "custom_model");
    properties.put("isArchived", false);
    properties.put("provisioningState", "Succeeded");
    properties.put("tags", new TreeMap<String, String>());
    properties.put("properties", new TreeMap<String, String>());
    return properties;
  }

  @SuppressWarnings("unchecked")
  static Map<String, String> tags(Map<String, Object> properties) {
    return (Map<String, String>) properties.get("tags");
  }

  private NavigableMap<String, Map<String, Object>> versions(String model) {
    return models.computeIfAbsent(model, name -> new ConcurrentSkipListMap<>());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      URI uri = exchange.getRequestURI();
      requests.add(uri.toString());
      if (silent) {
        closed.await();
      }
      Answer answer = plannedFor(uri.toString());
      if (answer == null) {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        answer =
            uri.getPath().startsWith("/subscriptions/") || uri.getPath().startsWith("/gone")
                ? fromArm(uri, authorization)
                : fromStorage(
                    uri, authorization, exchange.getRequestHeaders().getFirst("x-ms-range"));
      }
      answer.headers().forEach(exchange.getResponseHeaders()::set);
      byte[] body = Artifacts.toArray(answer.body());
      exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Answer plannedFor(String request) {
    synchronized (planned) {
      for (Map.Entry<String, Answer> entry : planned) {
        if (request.contains(entry.getKey())) {
          planned.remove(entry);
          return entry.getValue();
        }
      }
      return null;
    }
  }

  private Answer fromArm(URI uri, String authorization) {
    if (!("Bearer for " + arm() + "/.default").equals(authorization)) {
      return Answer.of(401);
    }
    if (!uri.getQuery().contains("api-version=2024-10-01")) {
      return Answer.of(400);
    }
    String path = uri.getPath();
    if (path.equals(parent)) {
      return Answer.json("{\"name\":\"ws-test\",\"properties\":{}}");
    }
    if (path.startsWith(WORKSPACE + "/datastores/")) {
      return datastore(path.substring(path.lastIndexOf('/') + 1));
    }
    if (!path.startsWith(parent + "/models")) {
      return Answer.of(404);
    }
    String[] parts = path.substring(parent.length() + 1).split("/", -1);
    return switch (parts.length) {
      case 1 -> page(uri, models.keySet().stream().map(AzureMlStub::container).toList());
      case 3 ->
          models.containsKey(parts[1])
              ? page(
                  uri,
                  versions(parts[1]).entrySet().stream()
                      .map(v -> resource(v.getKey(), v.getValue()))
                      .toList())
              : Answer.of(404);
      case 4 ->
          models.containsKey(parts[1]) && versions(parts[1]).containsKey(parts[3])
              ? Answer.json(Json.write(resource(parts[3], versions(parts[1]).get(parts[3]))))
              : Answer.of(404);
      default -> Answer.of(404);
    };
  }

  private Answer datastore(String name) {
    return datastores.containsKey(name)
        ? Answer.json(Json.write(Map.of("name", name, "properties", datastores.get(name))))
        : Answer.of(404);
  }

  private Answer page(URI uri, List<Map<String, Object>> all) {
    if (!uri.getQuery().contains("listViewType=All")) {
      return Answer.of(400);
    }
    int skip = uri.getQuery().lastIndexOf("$skip=");
    int from = skip < 0 ? 0 : Integer.parseInt(uri.getQuery().substring(skip + 6));
    int to = Math.min(all.size(), from + pageSize);
    Map<String, Object> page = new TreeMap<>();
    page.put("value", all.subList(from, to));
    if (to < all.size()) {
      String query =
          skip < 0
              ? uri.getRawQuery() + "&$skip="
              : uri.getRawQuery().substring(0, uri.getRawQuery().lastIndexOf("$skip=")) + "$skip=";
      page.put("nextLink", nextLink.apply(arm() + uri.getRawPath() + "?" + query + to));
    }
    return Answer.json(Json.write(page));
  }

  private static Map<String, Object> container(String name) {
    return Map.of(
        "id",
        WORKSPACE + "/models/" + name,
        "name",
        name,
        "type",
        "Microsoft.MachineLearningServices/workspaces/models",
        "properties",
        Map.of("description", "of a test", "isArchived", name.startsWith("archived")),
        "systemData",
        Map.of("createdAt", "2020-12-01T12:00:00.000Z"));
  }

  private static Map<String, Object> resource(String name, Map<String, Object> properties) {
    Map<String, Object> shown = new TreeMap<>(properties);
    Object created = shown.remove("createdAt");
    Map<String, Object> resource = new TreeMap<>();
    resource.put("id", "an id");
    resource.put("name", name);
    resource.put("type", "Microsoft.MachineLearningServices/workspaces/models/versions");
    resource.put("properties", shown);
    if (created != null) {
      resource.put("systemData", Map.of("createdAt", created, "createdByType", "User"));
    }
    return resource;
  }

  private Answer fromStorage(URI uri, String authorization, String range) {
    if (!"Bearer for https://storage.azure.com/.default".equals(authorization)) {
      return Answer.of(401);
    }
    String path = uri.getPath().substring(1);
    if (!path.contains("/models/")) {
      return Answer.of(404, "x-ms-error-code", "ContainerNotFound");
    }
    byte[] bytes = blobs.get(path);
    if (bytes == null) {
      return Answer.of(404, "x-ms-error-code", "BlobNotFound");
    }
    int last = Integer.parseInt(range.substring(range.indexOf('-') + 1));
    if (bytes.length == 0) {
      return Answer.of(416, "x-ms-error-code", "InvalidRange");
    }
    byte[] part = Arrays.copyOf(bytes, Math.min(bytes.length, last + 1));
    Map<String, String> headers =
        Map.of(
            "Content-Range", "bytes 0-" + (part.length - 1) + "/" + bytes.length,
            "ETag", "\"1\"",
            "Last-Modified", "Tue, 24 Nov 2026 00:00:00 GMT",
            "x-ms-blob-type", "BlockBlob");
    return new Answer(206, headers, ByteBuffer.wrap(part));
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
