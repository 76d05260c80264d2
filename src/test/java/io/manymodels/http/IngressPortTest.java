package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.placement.Placement;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.Tenants;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The port by which Serve's HAProxies come, by real sockets. */
class IngressPortTest extends DirectFixture {
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void assertThatProxiesAreAnsweredOn(IngressPort own) throws IOException {
    int port = own.listen(freePort());
    try (Client client = new Client("127.0.0.1", port)) {
      assertThat(client.write(post("/score", ROWS)).read().status()).isEqualTo(200);
    } finally {
      own.close();
    }
  }

  private void publishATable() {
    cluster.publish(1, Map.of(Tenants.tenant(2), new Placement("Deployment1", false)));
    Eventually.holds("it has a table", () -> dispatcher.table().value().size() == 1);
  }

  @Test
  void thereIsNoneUntilServeChoosesOne() throws IOException {
    assertThat(ingress.listenForProxies(0)).isZero();
    int port = freePort();
    assertThat(ingress.listenForProxies(port)).isEqualTo(port);
    assertThat(ingress.listenForProxies(0)).isEqualTo(port);
    assertThat(ingress.listenForProxies(freePort())).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", NODE_ADDRESS})
  void proxiesOfThisNodeAndOfOthersReachIt(String host) throws IOException {
    int port = ingress.listenForProxies(freePort());
    try (Client client = new Client(host, port)) {
      assertThat(client.write(post("/score", ROWS)).read().status()).isEqualTo(200);
      assertThat(client.write(post("/score", ROWS)).read().headers())
          .doesNotContainKey("connection");
    }
  }

  @Test
  void proxiesOfThisNodeNeedNoTcp() throws IOException {
    Path left = Files.createFile(sockets.resolve("ingress-" + freePort()));
    int port = Integer.parseInt(left.getFileName().toString().substring("ingress-".length()));
    assertThat(ingress.listenForProxies(port)).isEqualTo(port);
    try (SocketChannel proxy = SocketChannel.open(UnixDomainSocketAddress.of(left))) {
      proxy.write(ByteBuffer.wrap(post("/score", ROWS).getBytes(UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(1_000);
      proxy.read(answer);
      assertThat(new String(answer.array(), UTF_8)).startsWith("HTTP/1.1 200 OK");
    }
  }

  @Test
  void aPathThatIsTooLongForASocketIsDoneWithout() throws IOException {
    Path deep = sockets.resolve("x".repeat(100));
    assertThatProxiesAreAnsweredOn(new IngressPort("127.0.0.1", Optional.of(deep), ingress));
  }

  /** Whichever of its addresses has it. */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", NODE_ADDRESS})
  void aPortOfAnotherProgramIsLeftAlone(String host) throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      int port = other.getLocalPort();
      assertThat(ingress.listenForProxies(port)).isZero();
      String ours = host.equals(NODE_ADDRESS) ? "127.0.0.1" : NODE_ADDRESS;
      assertThatExceptionOfType(ConnectException.class)
          .isThrownBy(() -> new Client(ours, port).close());
    }
    int next = freePort();
    assertThat(ingress.listenForProxies(next)).isEqualTo(next);
  }

  @Test
  void aNodeMayHaveNoAddressButLoopback() throws IOException {
    assertThatProxiesAreAnsweredOn(new IngressPort("127.0.0.1", Optional.empty(), ingress));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536, Integer.MAX_VALUE})
  void whatIsNoPortIsNotListenedOn(int wanted) {
    assertThat(ingress.listenForProxies(wanted)).isZero();
  }

  @Test
  void itsHealthCheckSucceedsWhenTheDispatcherIsReady() throws IOException {
    int port = ingress.listenForProxies(freePort());
    try (Client proxy = new Client("127.0.0.1", port)) {
      assertProblem(proxy.write(get("/-/healthz")).read(), 503, "no-replica");
      assertThat(ask(get("/-/healthz")).status()).isEqualTo(200);
      publishATable();
      assertThat(proxy.write(get("/-/healthz")).read().status()).isEqualTo(200);
    }
  }

  @Test
  void proxiesAreAnsweredUntilTheyHaveHeardOfTheEnd() throws Exception {
    int port = ingress.listenForProxies(freePort());
    publishATable();
    try (Client unused = new Client("127.0.0.1", port);
        Client open = new Client("127.0.0.1", port)) {
      assertThat(open.write(post("/score", ROWS)).read().status()).isEqualTo(200);
      CompletableFuture<Void> drained =
          CompletableFuture.runAsync(() -> ingress.drain(Draining.REPLICA));
      Eventually.holds("it drains", ingress::draining);
      try (Client check = new Client("127.0.0.1", port);
          Client late = new Client("127.0.0.1", port)) {
        assertProblem(check.write(get("/-/healthz")).read(), 503, "no-replica");
        Answer answer = late.write(post("/score", ROWS)).read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).containsEntry("connection", "close");
      }
      Answer last = open.write(post("/score", ROWS)).read();
      assertThat(last.status()).isEqualTo(200);
      assertThat(last.headers()).containsEntry("connection", "close");
      drained.get(20, TimeUnit.SECONDS);
      assertThat(unused.isClosed()).isTrue();
    }
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Client("127.0.0.1", port).close());
  }
}
