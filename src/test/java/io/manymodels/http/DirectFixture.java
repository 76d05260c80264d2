package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import io.manymodels.json.Json;
import io.manymodels.observing.RequestObserver;
import io.manymodels.stores.Stores;
import io.manymodels.testing.FakeCluster;
import io.manymodels.tls.ServerTls;
import io.manymodels.transport.EventLoops;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;

/**
 * A direct port, and clients of it by real sockets, before a cluster that answers as a test says.
 */
abstract class DirectFixture {
  static final ApplicationConfig APPLICATION =
      new ApplicationConfig(
          "many-models", List.of("Deployment1"), "Deploymentx", "SharedMemory", "Dispatcher");

  /** Another address of this machine than the usual one. */
  static final String NODE_ADDRESS = "127.0.0.2";

  static final String ROWS = "{\"tenant\":\"tenant01\",\"data\":[[1,2],[3,4]]}";

  /** Event loops must not wait for a replica that a test holds. */
  private final ExecutorService replicas = Executors.newFixedThreadPool(2);

  final FakeCluster cluster = new FakeCluster(APPLICATION);
  final Dispatcher<DeploymentMap> dispatcher =
      Dispatchers.dispatcher(
          APPLICATION, cluster, cluster, cluster, cluster, replicas, DeploymentMap::of);
  final EventLoops loops = EventLoops.start("test-http");
  private final Stores stores = new Stores(Environment.empty());
  final ServedModels models =
      new ServedModels(
          dispatcher, stores.descriptions(), stores::registry, stores::writableRegistry);
  private final Gate gate = OpenGate.with(AdminToken.from(Environment.empty()));
  final Path sockets = temporary();
  final OperatorDoor operators = new OperatorDoor(dispatcher, models, gate);
  final DirectIngress ingress =
      new DirectIngress(
          NODE_ADDRESS,
          Optional.of(sockets),
          loops,
          new Answers(
              List.of(new ScoreDoor(dispatcher, models, false), operators),
              gate,
              cors(),
              RequestObserver.NONE,
              dispatcher.measurements()),
          new DispatcherState(dispatcher));

  DirectFixture() {
    ingress.share(new DirectAddress("127.0.0.1", 0, Duration.ofSeconds(200), receipt()), tls());
  }

  /** Which web pages may call. */
  Cors cors() {
    return Cors.OFF;
  }

  /** In which a whole request must have come. */
  Duration receipt() {
    return DirectAddress.RECEIPT;
  }

  /** What the port has for TLS. */
  Optional<ServerTls> tls() {
    return Optional.empty();
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("ingress");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() throws IOException {
    ingress.drain(Draining.REPLICA);
    dispatcher.close();
    loops.close();
    replicas.shutdownNow();
    try (Stream<Path> left = Files.list(sockets)) {
      assertThat(left).isEmpty();
    }
    Files.delete(sockets);
  }

  record Answer(int status, Map<String, String> headers, String body) {
    JsonNode json() {
      return Json.read(body, JsonNode.class);
    }
  }

  /** A client that writes what it is told, and reads one answer after the other. */
  final class Client implements AutoCloseable {
    final Socket socket;
    private final DataInputStream in;
    final OutputStream out;

    Client() throws IOException {
      this("127.0.0.1", ingress.port());
    }

    Client(String host, int port) throws IOException {
      socket = new Socket(InetAddress.getByName(host), port);
      socket.setSoTimeout(20_000);
      in = new DataInputStream(socket.getInputStream());
      out = socket.getOutputStream();
    }

    Client write(String bytes) throws IOException {
      out.write(bytes.getBytes(UTF_8));
      out.flush();
      return this;
    }

    @SuppressWarnings("deprecation") // The lines are ASCII.
    Answer read(boolean head) throws IOException {
      String status = in.readLine();
      if (status == null) {
        throw new IOException("closed");
      }
      Map<String, String> headers = new HashMap<>();
      for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
        int colon = line.indexOf(':');
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      byte[] body =
          new byte[head ? 0 : Integer.parseInt(headers.getOrDefault("content-length", "0"))];
      in.readFully(body);
      return new Answer(
          Integer.parseInt(status.substring(9, 12)), headers, new String(body, UTF_8));
    }

    Answer read() throws IOException {
      return read(false);
    }

    boolean isClosed() throws IOException {
      return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  static String post(String path, String body, String... headers) {
    return "POST "
        + path
        + " HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: "
        + body.getBytes(UTF_8).length
        + "\r\n"
        + String.join("", List.of(headers).stream().map(header -> header + "\r\n").toList())
        + "\r\n"
        + body;
  }

  static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nhost: h\r\n\r\n";
  }

  final Answer ask(String request) throws IOException {
    try (Client client = new Client()) {
      return client.write(request).read();
    }
  }

  static void assertProblem(Answer answer, int status, String type) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
    assertThat(answer.headers()).containsEntry("content-type", "application/problem+json");
    assertThat(answer.json().path("type").asText()).isEqualTo("urn:many-models:problem:" + type);
    assertThat(answer.json().path("instance").asText())
        .isEqualTo(answer.headers().get("x-request-id"))
        .isNotEmpty();
  }
}
