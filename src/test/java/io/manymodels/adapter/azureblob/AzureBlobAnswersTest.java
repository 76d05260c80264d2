package io.manymodels.adapter.azureblob;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.azure.core.exception.ClientAuthenticationException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.Environment;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers that an emulator does not give, by a server of our own. */
class AzureBlobAnswersTest {
  private static final ModelRef REF = ref("tenant1", 1);
  private static final String STORE = "tenant1/1: azblob shop01/models: ";

  private final AtomicInteger requests = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<HttpHandler> answer = new AtomicReference<>();
  private HttpServer server;
  private ExecutorService threads;
  private ContainerUri location;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    threads = Executors.newFixedThreadPool(8);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          try (exchange) {
            answer.get().handle(exchange);
          }
        });
    server.start();
    location =
        ContainerUri.parse(
            URI.create(
                "azblob://shop01/models?endpoint=http://127.0.0.1:"
                    + server.getAddress().getPort()
                    + "/shop01"));
  }

  @AfterEach
  void stop() {
    ended.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @ParameterizedTest
  @CsvSource({
    "401, NoAuthenticationInformation, 1, authentication failed (HTTP 401 NoAuthenticationInformation)",
    "401, , 1, authentication failed (HTTP 401)",
    "403, AuthenticationFailed, 1, authentication failed (HTTP 403 AuthenticationFailed)",
    "403, AuthorizationPermissionMismatch, 1, not allowed (HTTP 403 AuthorizationPermissionMismatch)",
    "403, , 1, not allowed (HTTP 403)",
    "404, ContainerNotFound, 1, the container does not exist (HTTP 404 ContainerNotFound)",
    "409, ContainerBeingDeleted, 1, the container does not exist (HTTP 409 ContainerBeingDeleted)",
    "400, InvalidHeaderValue, 1, the request was refused (HTTP 400 InvalidHeaderValue)",
    "403, SECRET: no code at all, 1, not allowed (HTTP 403)",
    "429, , 2, throttled (HTTP 429)",
    "503, ServerBusy, 2, throttled (HTTP 503 ServerBusy)",
    "503, , 2, server error (HTTP 503)",
    "500, InternalError, 2, server error (HTTP 500 InternalError)",
    "502, , 1, server error (HTTP 502)"
  })
  void eachRefusalIsNamed(int status, String code, int tries, String reason) {
    answer.set(exchange -> refuse(exchange, status, code));
    assertUnavailable(() -> registry().describe(REF), STORE + reason);
    assertThat(requests).hasValue(tries);
  }

  @Test
  void aSecondTryMaySucceed() {
    answer.set(
        exchange -> {
          if (requests.get() == 1) {
            refuse(exchange, 503, "ServerBusy");
          } else {
            refuse(exchange, 404, "BlobNotFound");
          }
        });
    assertThat(registry().describe(REF)).isEmpty();
    assertThat(requests).hasValue(2);
  }

  @Test
  void aSilentServerIsGivenUpAfterTwoTries() {
    answer.set(exchange -> await());
    long start = System.nanoTime();
    assertUnavailable(() -> registry().describe(REF), STORE + "no answer in time");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    assertThat(requests).hasValue(2);
  }

  @Test
  void aBodyThatBreaksOffIsAnOutage() {
    answer.set(
        exchange -> {
          exchange.sendResponseHeaders(200, 1_000);
          exchange.getResponseBody().write(bytes(10, 1));
        });
    assertUnavailable(() -> registry().describe(REF), STORE + "the answer broke off");
  }

  /** A service that does not know ranges, or does not want to. */
  @Test
  void noMoreIsKeptThanWasAskedFor() {
    ArtifactDescriptor artifact = describe(REF, bytes(100, 1));
    answer.set(
        exchange -> {
          exchange.sendResponseHeaders(200, 1 << 20);
          exchange.getResponseBody().write(bytes(1 << 20, 1));
        });
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> new AzureBlobArtifactStore(container(), 1_000).read(artifact))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.ARTIFACT_CORRUPT);
  }

  @Test
  void aListingThatIsNoXmlIsAnOutage() {
    answer.set(
        exchange -> {
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write("hello".getBytes(UTF_8));
        });
    assertUnavailable(
        () -> registry().tenants(),
        "azblob shop01/models: the answer broke off or is not understood");
  }

  /** The answer to the try that succeeded was lost: the next one meets its own metadata. */
  @Test
  void aPublisherKnowsItsOwnMetadataAgain() {
    AtomicReference<String> publication = new AtomicReference<>("");
    answer.set(
        exchange -> {
          String method = exchange.getRequestMethod();
          exchange.getResponseHeaders().set("ETag", "\"0x1\"");
          if (!exchange.getRequestURI().getPath().endsWith("/metadata.json")) {
            exchange.sendResponseHeaders(201, -1);
          } else if (method.equals("PUT")) {
            boolean first = publication.get().isEmpty();
            publication.set(exchange.getRequestHeaders().getFirst("x-ms-meta-publication"));
            refuse(exchange, first ? 500 : 409, first ? "InternalError" : "BlobAlreadyExists");
          } else if (publication.get().isEmpty()) {
            refuse(exchange, 404, "BlobNotFound");
          } else {
            exchange.getResponseHeaders().set("x-ms-meta-publication", publication.get());
            exchange.sendResponseHeaders(200, -1);
          }
        });
    byte[] bytes = bytes(10, 1);
    assertThatCode(() -> registry().publish(describe(REF, bytes), "", ByteBuffer.wrap(bytes)))
        .doesNotThrowAnyException();
    assertThat(publication.get()).isNotEmpty();
  }

  @Test
  void anInterruptedCallEndsAndKeepsTheInterrupt() {
    answer.set(exchange -> await());
    Thread.currentThread().interrupt();
    assertUnavailable(() -> registry().describe(REF), STORE + "interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void noTokenIsAFailedAuthentication() {
    AzureCredentials nobody =
        new AzureCredentials(
            Environment.empty(),
            () ->
                request -> {
                  throw new ClientAuthenticationException("SECRET", null);
                });
    ContainerUri https =
        new ContainerUri("shop01", "models", "", URI.create("https://127.0.0.1:1/shop01"));
    AzureBlobModelRegistry registry =
        new AzureBlobModelRegistry(BlobContainer.open(https, nobody, 10));
    assertUnavailable(() -> registry.describe(REF), STORE + "authentication failed, no token");
  }

  private BlobContainer container() {
    return BlobContainer.open(location, new AzureCredentials(TestContainer.KEY), 10);
  }

  private AzureBlobModelRegistry registry() {
    return new AzureBlobModelRegistry(container());
  }

  private void await() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
    if (code != null) {
      exchange.getResponseHeaders().set("x-ms-error-code", code);
    }
    exchange.getResponseHeaders().set("Retry-After", "1");
    exchange.sendResponseHeaders(status, -1);
  }

  private static void assertUnavailable(Runnable call, String words) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .satisfies(e -> assertThat(e.getMessage()).startsWith(words))
        .withMessageNotContainingAny("127.0.0.1", "SECRET", "\n")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }
}
