package io.manymodels.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Placement;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.Tenants;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that break a rule, by intent or not: none may cost others anything, nor fill the log. */
class DirectFaultsTest extends DirectFixture {
  private static final int MAX_UNTAKEN_BYTES = 256 << 10;

  /** The server's side of the only connection. */
  private Channel onlyConnection() {
    Eventually.holds("it is connected", () -> ingress.connections().size() == 1);
    return ingress.connections().iterator().next();
  }

  private static long unsentBytes(Channel connection) {
    var buffer = connection.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  /** As many as the kernel of the client takes, until the server stops to read. */
  private static long writeUntilNotRead(SocketChannel client, Channel server, String request)
      throws IOException {
    byte[] batch = request.repeat(100).getBytes(UTF_8);
    ByteBuffer left = ByteBuffer.wrap(batch);
    long written = 0;
    long most = 1L << 30;
    while (server.isOpen() && server.config().isAutoRead() && written < most) {
      written += client.write(left);
      if (!left.hasRemaining()) {
        left.rewind();
      }
    }
    return written;
  }

  @ParameterizedTest
  @ValueSource(strings = {"/-/healthz", "/nowhere", "/deployment_map"})
  void aClientThatDoesNotReadIsNotReadFrom(String path) throws IOException {
    try (SocketChannel client = SocketChannel.open()) {
      client.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
      client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), ingress.port()));
      client.configureBlocking(false);
      Channel server = onlyConnection();
      long written = writeUntilNotRead(client, server, get(path));
      assertThat(written).isLessThan(1L << 30);
      assertThat(unsentBytes(server)).isLessThan(MAX_UNTAKEN_BYTES);
      assertThat(ask(post("/score", ROWS)).status()).as("of another client").isEqualTo(200);
      assertThat(unsentBytes(server)).isLessThan(MAX_UNTAKEN_BYTES);
      assertThat(server.isOpen()).isTrue();
    }
  }

  /** It only was slow: all that it was allowed to send ahead is answered, in order. */
  @Test
  void aClientThatReadsAgainGetsItsAnswers() throws IOException {
    Map<TenantId, Placement> placements = new HashMap<>();
    Tenants.firstTo(2_000).forEach(t -> placements.put(t, new Placement("Deployment1", false)));
    cluster.publish(1, placements);
    Eventually.holds("it has a table", () -> dispatcher.table().value().size() == 2_000);
    String requests = get("/deployment_map").repeat(100);
    try (Client client = new Client()) {
      client.socket.setReceiveBufferSize(64 << 10);
      CompletableFuture<Void> written =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.write(requests);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      Channel server = onlyConnection();
      Eventually.holds("it does not read", () -> !server.config().isAutoRead());
      assertThat(unsentBytes(server)).isLessThan(MAX_UNTAKEN_BYTES);
      for (int i = 0; i < 100; i++) {
        assertThat(client.read().body()).contains("tenant2000");
      }
      written.join();
      assertThat(client.write(post("/score", ROWS)).read().status()).isEqualTo(200);
    }
  }

  @Test
  void tooManyRequestsAheadAreBoundedAndLoggedOnce() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    cluster.waitsFor("Deploymentx", release);
    try (LogLines log = LogLines.of(DirectIngress.class, "connection of");
        Client first = new Client();
        Client second = new Client()) {
      for (Client client : new Client[] {first, second}) {
        // So that the server reads much at once.
        client.write(post("/score", " ".repeat(1 << 20))).read();
        // More than the sockets hold: all of it is taken only by a server that drops the rest.
        client.write(post("/score", ROWS) + get("/-/healthz").repeat(500_000));
      }
      Eventually.holds("it is logged", () -> !log.messages().isEmpty());
      release.countDown();
      for (Client client : new Client[] {first, second}) {
        assertThat(client.read().json().path("model").asText()).isEqualTo("tenant01");
        for (int i = 1; i < RequestsAhead.MAX_REQUESTS; i++) {
          Answer answer = client.read();
          assertThat(answer.status()).isEqualTo(200);
          assertThat(answer.headers()).doesNotContainKey("connection");
        }
        assertThat(client.read().headers()).containsEntry("connection", "close");
        assertThat(client.isClosed()).isTrue();
      }
      assertThat(log.messages())
          .singleElement()
          .asString()
          .contains("more than 128 requests were sent ahead");
      assertThat(log.hasStackTrace()).isFalse();
    }
  }

  @Test
  void aShutSideEndsAfterTheLastAnswer() throws IOException {
    try (Client client = new Client()) {
      client.write(post("/score", ROWS).repeat(3) + get("/-/healthz"));
      client.socket.shutdownOutput();
      for (int i = 0; i < 3; i++) {
        assertThat(client.read().status()).isEqualTo(200);
      }
      assertThat(client.read().body()).isEqualTo("success");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "POST /sco", "POST /score HTTP/1.1\r\ncontent-length: 9\r\n\r\n{"})
  void aShutSideWithHalfARequestIsClosed(String half) throws IOException {
    try (Client client = new Client()) {
      client.write(get("/-/healthz") + half);
      client.socket.shutdownOutput();
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(client.isClosed()).isTrue();
    }
    Eventually.holds("it is gone", () -> ingress.connections().isEmpty());
  }

  @Test
  void aClientThatIsGoneIsLeftAlone() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    cluster.waitsFor("Deploymentx", release);
    try (LogLines log = LogLines.of(DirectIngress.class, "connection of")) {
      try (Client client = new Client()) {
        client.write(post("/score", ROWS));
        onlyConnection();
      }
      release.countDown();
      Eventually.holds("it is gone", () -> ingress.connections().isEmpty());
      assertThat(log.messages()).isEmpty();
    }
  }

  /** A ClientHello, half a preface of HTTP/2, and nonsense. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\n",
        "\u0000\u0001\u0002\u0003\r\n\r\n",
      })
  void otherProtocolsAreNotLogged(String bytes) throws IOException {
    try (LogLines log = LogLines.of(DirectIngress.class, "connection of");
        Client client = new Client()) {
      client.out.write(bytes.getBytes(ISO_8859_1));
      client.out.flush();
      client.socket.shutdownOutput();
      assertThat(client.read().status()).isBetween(400, 499);
      Eventually.holds("it is closed", () -> ingress.connections().isEmpty());
      assertThat(log.messages()).isEmpty();
    }
  }

  @Test
  void aResetIsNotLogged() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    cluster.waitsFor("Deploymentx", release);
    try (LogLines log = LogLines.of(DirectIngress.class, "connection of")) {
      try (Client client = new Client()) {
        client.write(post("/score", ROWS));
        onlyConnection();
        client.socket.setSoLinger(true, 0);
      }
      Eventually.holds("it is gone", () -> ingress.connections().isEmpty());
      release.countDown();
      assertThat(log.messages()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "transfer-encoding: gzip",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "transfer-encoding: identity",
        "content-length: 1, 2",
        "content-length: +1",
      })
  void aBodyThatIsFramedOtherwiseIsRefused(String headers) throws IOException {
    assertProblem(
        ask("POST /score HTTP/1.1\r\nhost: h\r\n" + headers + "\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        400,
        "invalid-input");
  }

  @ParameterizedTest
  @ValueSource(strings = {"100-continue", "100-Continue"})
  void whoExpectsToBeToldToGoOnIsTold(String expectation) throws IOException {
    try (Client client = new Client()) {
      String request = post("/score", ROWS, "Expect: " + expectation);
      int body = request.length() - ROWS.length();
      assertThat(client.write(request.substring(0, body)).read().status()).isEqualTo(100);
      assertThat(client.write(request.substring(body)).read().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Close", "CLOSE, x", "keep-alive, close"})
  void aConnectionIsClosedWhenTheClientSaysSo(String options) throws IOException {
    try (Client client = new Client()) {
      client.write(post("/score", ROWS, "Connection: " + options));
      assertThat(client.read().headers()).containsEntry("connection", "close");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void methodsAreComparedWithCase() throws IOException {
    assertProblem(ask(post("/score", ROWS).replace("POST", "post")), 405, "method-not-allowed");
  }

  @Test
  void aConnectionWithoutARequestIsClosedAfterTheIdleTime() {
    Callers impatient =
        new Callers(Duration.ofNanos(1), Duration.ofSeconds(30), Optional.empty(), false);
    EmbeddedChannel channel = new EmbeddedChannel(new DirectConnection(ingress, impatient));
    channel.writeInbound(
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/-/healthz"));
    Object answer = channel.readOutbound();
    assertThat(answer).isNotNull();
    ReferenceCountUtil.release(answer);
    assertThat(channel.isOpen()).isTrue();
    channel.advanceTimeBy(5, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void theEnvironmentSetsTheIdleTime() {
    assertThat(idle("")).as("below the 240 s of Azure").isEqualTo(Duration.ofSeconds(200));
    for (String good : new String[] {"10", " 3700 ", "86400"}) {
      assertThat(idle(good)).isEqualTo(Duration.ofSeconds(Long.parseLong(good.strip())));
    }
    for (String bad : new String[] {"9", "86401", "x", "-10", "1.5", "99999999999"}) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> idle(bad))
          .withMessageContaining("MANY_MODELS_DIRECT_IDLE_SECONDS")
          .withMessageContaining(bad)
          .withMessageContaining("10..86400");
    }
  }

  private static Duration idle(String seconds) {
    Environment environment =
        Environment.empty()
            .with(Setting.DIRECT_PORT, "1")
            .with(Setting.DIRECT_IDLE_SECONDS, seconds);
    return DirectAddress.from(environment, () -> "h").orElseThrow().idle();
  }
}
