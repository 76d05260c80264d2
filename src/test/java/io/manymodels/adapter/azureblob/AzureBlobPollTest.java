package io.manymodels.adapter.azureblob;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import io.manymodels.testing.Tenants;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a poll of many tenants costs, counted by a server that holds an alias for each. */
class AzureBlobPollTest {
  private static final int PAGE = 60;
  private static final List<TenantId> TENANTS = Tenants.firstTo(60);

  private final AtomicInteger listings = new AtomicInteger();
  private final AtomicInteger reads = new AtomicInteger();
  private final SortedMap<String, String> blobs = new TreeMap<>();
  private HttpServer server;
  private volatile String archived = "none";
  private AzureBlobModelRegistry registry;

  @BeforeEach
  void start() throws IOException {
    for (TenantId tenant : TENANTS) {
      blobs.put(tenant + "/1/metadata.json", "{}");
      blobs.put(tenant + "/live", "1");
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    String endpoint = "http://127.0.0.1:" + server.getAddress().getPort() + "/shop01";
    ContainerUri location =
        ContainerUri.parse(URI.create("azblob://shop01/models?endpoint=" + endpoint));
    registry =
        new AzureBlobModelRegistry(
            BlobContainer.open(location, new AzureCredentials(TestContainer.KEY), PAGE));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aPollReadsOnlyTheAliasesThatHaveChanged() {
    assertThat(registry.liveVersions(TENANTS).versions()).hasSize(60);
    assertThat(reads.getAndSet(0)).isEqualTo(60);
    assertThat(listings.getAndSet(0)).isEqualTo(2);
    assertThat(registry.liveVersions(TENANTS).versions()).hasSize(60);
    assertThat(reads).hasValue(0);
    assertThat(listings).hasValue(2);
    blobs.put("tenant07/2/metadata.json", "{}");
    blobs.put("tenant07/live", "2");
    assertThat(registry.liveVersions(TENANTS).versions())
        .containsEntry(Tenants.tenant(7), new ModelVersion(2));
    assertThat(reads).hasValue(1);
  }

  @Test
  void fewTenantsAreAskedOneByOne() {
    assertThat(registry.liveVersions(TENANTS.subList(0, 3)).versions()).hasSize(3);
    assertThat(reads).hasValue(3);
    assertThat(listings).hasValue(0);
  }

  /** As a lifecycle rule leaves them that moves to the archive what nobody has written for long. */
  @ParameterizedTest
  @ValueSource(ints = {3, 60})
  void anAliasThatCannotBeReadIsItsTenantsFault(int asked) {
    archived = "tenant02/live";
    blobs.put("tenant03/2/metadata.json", "{}");
    blobs.put("tenant03/live", "2");
    LiveVersions live = registry.liveVersions(TENANTS.subList(0, asked));
    assertThat(live.versions())
        .hasSize(asked - 1)
        .containsEntry(Tenants.tenant(3), new ModelVersion(2));
    assertThat(live.broken()).containsOnlyKeys(Tenants.tenant(2));
    assertThat(live.broken().get(Tenants.tenant(2)))
        .hasMessage(
            "tenant02: azblob shop01/models: the request was refused (HTTP 409 BlobArchived)");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath().substring("/shop01/models".length());
      boolean listing = path.isEmpty();
      if (!listing && exchange.getRequestMethod().equals("GET")) {
        reads.incrementAndGet();
      }
      if (path.endsWith("/" + archived)) {
        exchange.getResponseHeaders().set("x-ms-error-code", "BlobArchived");
        exchange.sendResponseHeaders(409, -1);
        return;
      }
      byte[] body =
          (listing ? page(exchange.getRequestURI().getQuery()) : blobs.get(path.substring(1)))
              .getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", listing ? "application/xml" : "text/plain");
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1);
      } else {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }

  private String page(String query) {
    listings.incrementAndGet();
    int start = query.contains("marker=second") ? PAGE : 0;
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?><EnumerationResults><Blobs>");
    blobs.entrySet().stream()
        .skip(start)
        .limit(start == 0 ? PAGE : Long.MAX_VALUE)
        .forEach(
            blob ->
                xml.append(
                    String.format(
                        Locale.ROOT,
                        "<Blob><Name>%s</Name><Properties><Etag>0x%x</Etag></Properties></Blob>",
                        blob.getKey(),
                        blob.getValue().hashCode())));
    return xml.append("</Blobs><NextMarker>")
        .append(start == 0 ? "second" : "")
        .append("</NextMarker></EnumerationResults>")
        .toString();
  }
}
