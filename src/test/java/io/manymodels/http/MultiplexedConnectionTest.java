package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Placement;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.Http2Peer;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.Tenants;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 by prior knowledge, good and bad. */
class MultiplexedConnectionTest extends DirectFixture {
  private static final int NO_ERROR = 0;
  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;
  private static final int CANCEL = 8;
  private static final int ENHANCE_YOUR_CALM = 11;

  @Override
  Duration receipt() {
    return Duration.ofSeconds(1);
  }

  private Http2Peer connect() throws IOException {
    return new Http2Peer(new Socket(InetAddress.getLoopbackAddress(), ingress.port()));
  }

  /** The connection ends, is logged once, and another client is answered as ever. */
  private void assertFloodEnds(Flood flood, String why) throws IOException {
    try (LogLines log = LogLines.of(DirectIngress.class, "connection of")) {
      try (Http2Peer peer = connect()) {
        flood(peer, flood);
        int code = peer.end();
        // A reset may overtake the GOAWAY, because the server has not read all.
        assertThat(code).isIn(-1, ENHANCE_YOUR_CALM, PROTOCOL_ERROR);
      }
      Eventually.holds("it is logged", () -> !log.messages().isEmpty());
      assertThat(log.messages()).singleElement().asString().contains(why);
      assertThat(log.hasStackTrace()).isFalse();
    }
    assertOthersAreAnswered();
    Eventually.holds("all are gone", () -> ingress.connections().isEmpty());
    assertThat(ingress.heldBodyBytes()).isZero();
  }

  /** Another tenant, for the share of the flooded one may still be in use by what it asked. */
  private void assertOthersAreAnswered() throws IOException {
    try (Http2Peer other = connect()) {
      String rows = ROWS.replace("tenant01", "tenant02");
      assertThat(other.post(1, "/score", rows).answer(1).status()).isEqualTo(200);
    }
  }

  @Test
  void manyRequestsAreAnsweredAsThoseOfHttp11() throws IOException {
    try (Http2Peer peer = connect()) {
      for (int stream = 1; stream < 60; stream += 2) {
        peer.post(stream, "/score", ROWS, "x-request-id", "id-" + stream);
      }
      String expected = ask(post("/score", ROWS)).body();
      for (int stream = 1; stream < 60; stream += 2) {
        Http2Peer.Streamed answer = peer.answer(stream);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(expected);
        assertThat(answer.headers())
            .containsEntry("x-request-id", "id-" + stream)
            .containsEntry("content-type", "application/json")
            .containsEntry("content-length", "" + expected.length())
            .containsKey("date")
            .doesNotContainKey("connection");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /nowhere, 404, not-found",
    "GET, /score, 405, method-not-allowed",
    "POST, /score, 400, invalid-input",
    "GET, /-/ready, 503, no-replica",
    "GET, /models/%zz, 400, invalid-input",
  })
  void errorsAreThoseOfHttp11(String method, String path, int status, String problem)
      throws IOException {
    try (Http2Peer peer = connect()) {
      byte[] head = Http2Peer.head(method, path);
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS | Http2Peer.END_STREAM, 1, head);
      Http2Peer.Streamed answer = peer.answer(1);
      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.headers()).containsEntry("content-type", "application/problem+json");
      JsonNode document = Json.read(answer.body(), JsonNode.class);
      assertThat(document.path("type").asText()).isEqualTo("urn:many-models:problem:" + problem);
      assertThat(document.path("instance").asText())
          .isEqualTo(answer.headers().get("x-request-id"));
    }
  }

  @Test
  void aHeadHasNoBody() throws IOException {
    try (Http2Peer peer = connect()) {
      byte[] head = Http2Peer.head("HEAD", "/deployment_map");
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS | Http2Peer.END_STREAM, 1, head);
      Http2Peer.Streamed answer = peer.answer(1);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEmpty();
      String full = peer.get(3, "/deployment_map").answer(3).body();
      assertThat(answer.headers()).containsEntry("content-length", "" + full.length());
    }
  }

  @Test
  void whoExpectsToBeToldToGoOnIsTold() throws IOException {
    try (Http2Peer peer = connect()) {
      byte[] head = Http2Peer.head("POST", "/score", "expect", "100-continue");
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, head).flush();
      while (peer.sofar(1).status() == 0) {
        peer.next();
      }
      assertThat(peer.sofar(1).status()).isEqualTo(100);
      peer.frame(Http2Peer.DATA, Http2Peer.END_STREAM, 1, ROWS.getBytes(UTF_8));
      assertThat(peer.answer(1).status()).isEqualTo(200);
    }
  }

  @Test
  void trailersEndABody() throws IOException {
    try (Http2Peer peer = connect()) {
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, Http2Peer.head("POST", "/score"));
      peer.frame(Http2Peer.DATA, 0, 1, ROWS.getBytes(UTF_8));
      byte[] trailers = Http2Peer.fields("x-checksum", "1");
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS | Http2Peer.END_STREAM, 1, trailers);
      assertThat(peer.answer(1).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBodyThatIsTooLongIsRefusedAndOthersAreNot(boolean declared) throws IOException {
    dispatcher.reconfigure("{\"max_body_bytes\":100}");
    try (Http2Peer peer = connect()) {
      String[] length = declared ? new String[] {"content-length", "101"} : new String[0];
      peer.frame(
          Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, Http2Peer.head("POST", "/score", length));
      if (!declared) {
        peer.frame(Http2Peer.DATA, 0, 1, new byte[101]);
      }
      peer.post(3, "/score", ROWS);
      assertThat(peer.answer(1).status()).isEqualTo(413);
      assertThat(peer.answer(3).status()).isEqualTo(200);
      if (!declared) {
        // It goes on for a while, and is not cut off before it can have read the answer.
        peer.frame(Http2Peer.DATA, 0, 1, new byte[1_000]);
        assertThat(peer.post(5, "/score", ROWS).answer(5).status()).isEqualTo(200);
        assertThat(peer.sofar(1).reset()).isNull();
      }
      while (peer.sofar(1).reset() == null) {
        peer.next();
      }
      assertThat(peer.sofar(1).reset()).isEqualTo(NO_ERROR);
      assertThat(peer.post(7, "/score", ROWS).answer(7).status()).isEqualTo(200);
    }
  }

  @Test
  void aBodyThatDoesNotComeIsGivenUp() throws IOException {
    try (Http2Peer peer = connect()) {
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, Http2Peer.head("POST", "/score"));
      peer.frame(Http2Peer.DATA, 0, 1, new byte[] {'{'});
      Http2Peer.Streamed answer = peer.answer(1);
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.body()).contains("did not arrive in time");
      assertThat(peer.post(3, "/score", ROWS).answer(3).status()).isEqualTo(200);
    }
  }

  /** The head of a request that never ends: no block that ends it, or nothing at all. */
  @ParameterizedTest
  @ValueSource(strings = {"head", "preface", "half a preface"})
  void aConnectionWithoutARequestIsClosed(String what) throws IOException {
    if (what.equals("half a preface")) {
      try (Client client = new Client()) {
        assertThat(client.write("PRI * HTTP/2").isClosed()).isTrue();
      }
      return;
    }
    try (Http2Peer peer = connect()) {
      if (what.equals("head")) {
        peer.frame(Http2Peer.HEADERS, 0, 1, Http2Peer.head("GET", "/status"));
      }
      assertThat(peer.flush().end()).isEqualTo(NO_ERROR);
    }
  }

  @Test
  void moreStreamsThanAllowedAreRefusedAndTheOthersAnswered() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    cluster.waitsFor("Deploymentx", release);
    try (Http2Peer peer = connect()) {
      int last = 2 * Http2Limits.MAX_STREAMS - 1;
      for (int stream = 1; stream <= last; stream += 2) {
        peer.frame(
            Http2Peer.HEADERS, Http2Peer.END_HEADERS, stream, Http2Peer.head("POST", "/score"));
      }
      peer.post(last + 2, "/score", ROWS);
      assertThat(peer.answer(last + 2).reset()).isEqualTo(REFUSED_STREAM);
      peer.frame(Http2Peer.DATA, Http2Peer.END_STREAM, 1, ROWS.getBytes(UTF_8));
      release.countDown();
      assertThat(peer.answer(1).status()).isEqualTo(200);
    }
  }

  /** CVE-2023-44487. */
  @Test
  void streamsThatAreResetAtOnceEndTheConnection() throws IOException {
    assertFloodEnds(
        (peer, stream) -> {
          peer.post(stream, "/score", ROWS);
          peer.frame(Http2Peer.RST_STREAM, 0, stream, Http2Peer.number(CANCEL));
        },
        "RST frames");
  }

  /** CVE-2025-55163: frames that are wrong, so that the server is the one that resets. */
  @Test
  void streamsThatTheServerIsMadeToResetEndTheConnection() throws IOException {
    assertFloodEnds(
        (peer, stream) -> {
          peer.post(stream, "/score", ROWS);
          peer.frame(Http2Peer.WINDOW_UPDATE, 0, stream, Http2Peer.number(0));
        },
        "RST frames");
  }

  @ParameterizedTest
  @ValueSource(ints = {Http2Peer.SETTINGS, Http2Peer.PING, Http2Peer.PRIORITY, 0x7f})
  void aFloodOfControlFramesEndsTheConnection(int type) throws IOException {
    int length =
        switch (type) {
          case Http2Peer.PING -> 8;
          case Http2Peer.PRIORITY -> 5;
          default -> 0;
        };
    int streamed = type == Http2Peer.PRIORITY ? 1 : 0;
    assertFloodEnds(
        (peer, stream) -> peer.frame(type, 0, stream * streamed, new byte[length]),
        "too many control frames");
  }

  @ParameterizedTest
  @CsvSource({"0, continuations", "1, continuations", "16000, Header size exceeded"})
  void aFloodOfContinuationsEndsTheConnection(int bytes, String why) throws IOException {
    byte[] part = bytes == 16_000 ? Http2Peer.fields("x", "y".repeat(bytes - 8)) : new byte[bytes];
    assertFloodEnds(
        (peer, stream) -> {
          if (stream == 1) {
            peer.frame(Http2Peer.HEADERS, 0, 1, Http2Peer.head("GET", "/status"));
          }
          peer.frame(Http2Peer.CONTINUATION, 0, 1, part);
        },
        why);
  }

  @Test
  void aFloodOfEmptyDataEndsTheConnection() throws IOException {
    assertFloodEnds(
        (peer, stream) -> {
          if (stream == 1) {
            peer.frame(
                Http2Peer.HEADERS, Http2Peer.END_HEADERS, 1, Http2Peer.head("POST", "/score"));
          }
          peer.frame(Http2Peer.DATA, 0, 1, new byte[0]);
        },
        "empty data frames");
  }

  /** Sends until the server has closed, or a good deal more than it may take. */
  private interface Flood {
    void send(Http2Peer peer, int stream) throws IOException;
  }

  private static void flood(Http2Peer peer, Flood flood) throws IOException {
    try {
      for (int i = 0; i < 20_000; i++) {
        flood.send(peer, 2 * i + 1);
      }
      peer.flush();
    } catch (IOException closed) {
      // As it should be.
    }
  }

  @Test
  void aHeadThatIsTooLongIsRefusedAndTheOthersAnswered() throws IOException {
    try (Http2Peer peer = connect()) {
      byte[] head = Http2Peer.head("GET", "/status", "x-long", "y".repeat(40_000));
      byte[] first = Arrays.copyOf(head, 16_000);
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_STREAM, 1, first);
      byte[] second = Arrays.copyOfRange(head, 16_000, 32_000);
      peer.frame(Http2Peer.CONTINUATION, 0, 1, second);
      byte[] third = Arrays.copyOfRange(head, 32_000, head.length);
      peer.frame(Http2Peer.CONTINUATION, Http2Peer.END_HEADERS, 1, third);
      assertThat(peer.answer(1).status()).isEqualTo(431);
      assertThat(peer.post(3, "/score", ROWS).answer(3).status()).isEqualTo(200);
    }
  }

  @Test
  void aRequestThatIsNoneIsResetAndTheOthersAnswered() throws IOException {
    try (Http2Peer peer = connect()) {
      int whole = Http2Peer.END_HEADERS | Http2Peer.END_STREAM;
      peer.frame(Http2Peer.HEADERS, whole, 1, Http2Peer.fields(":method", "GET"));
      assertThat(peer.answer(1).reset()).isEqualTo(PROTOCOL_ERROR);
      byte[] forbidden = Http2Peer.head("GET", "/status", "connection", "close");
      peer.frame(Http2Peer.HEADERS, whole, 3, forbidden);
      assertThat(peer.answer(3).reset()).isEqualTo(PROTOCOL_ERROR);
      peer.post(5, "/score", ROWS, "content-length", "5");
      assertThat(peer.answer(5).reset()).isEqualTo(PROTOCOL_ERROR);
      assertThat(peer.post(7, "/score", ROWS).answer(7).status()).isEqualTo(200);
    }
  }

  /** A client that takes nothing holds a bounded amount, and gets all of it once it takes it. */
  @Test
  void answersThatAreNotTakenAreBounded() throws IOException {
    Map<TenantId, Placement> placements = new HashMap<>();
    Tenants.firstTo(2_000).forEach(t -> placements.put(t, new Placement("Deployment1", false)));
    cluster.publish(1, placements);
    Eventually.holds("it has a table", () -> dispatcher.table().value().size() == 2_000);
    String map = ask(get("/deployment_map")).body();
    try (Http2Peer peer = connect()) {
      // SETTINGS_INITIAL_WINDOW_SIZE
      peer.frame(Http2Peer.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 0});
      for (int stream = 1; stream < 120; stream += 2) {
        peer.get(stream, "/deployment_map");
      }
      peer.flush();
      peer.frame(Http2Peer.PING, 0, 0, new byte[8]).flush();
      while (Objects.requireNonNull(peer.next()).type() != Http2Peer.PING) {
        assertThat(peer.sofar(1).body()).isEmpty();
      }
      assertOthersAreAnswered();
      peer.frame(Http2Peer.WINDOW_UPDATE, 0, 0, Http2Peer.number(1 << 30));
      peer.frame(Http2Peer.SETTINGS, 0, 0, new byte[] {0, 4, 1, 0, 0, 0});
      for (int stream = 1; stream < 120; stream += 2) {
        assertThat(peer.answer(stream).body()).isEqualTo(map);
      }
    }
  }

  @Test
  void aShutSideIsAnsweredAndThenClosed() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    cluster.waitsFor("Deploymentx", release);
    try (Http2Peer peer = connect()) {
      peer.post(1, "/score", ROWS);
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS, 3, Http2Peer.head("POST", "/score"));
      peer.flush().socket.shutdownOutput();
      assertThat(peer.answer(3).reset()).isEqualTo(CANCEL);
      release.countDown();
      assertThat(peer.answer(1).status()).isEqualTo(200);
      assertThat(peer.end()).isEqualTo(NO_ERROR);
    }
  }

  @Test
  void aClientThatIsGoneIsLeftAlone() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    cluster.waitsFor("Deploymentx", release);
    try (LogLines log = LogLines.of(DirectIngress.class, "connection of")) {
      try (Http2Peer peer = connect()) {
        peer.post(1, "/score", ROWS).flush();
        Eventually.holds("it is connected", () -> ingress.connections().size() == 1);
      }
      release.countDown();
      Eventually.holds("it is gone", () -> ingress.connections().isEmpty());
      assertOthersAreAnswered();
      assertThat(log.messages()).isEmpty();
    }
  }

  @Test
  void aDrainTellsTheClientAndAnswersWhatItHasSent() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    cluster.waitsFor("Deploymentx", release);
    try (Http2Peer peer = connect()) {
      peer.post(1, "/score", ROWS).flush();
      Eventually.holds("it is connected", () -> ingress.connections().size() == 1);
      CompletableFuture<Void> drained =
          CompletableFuture.runAsync(() -> ingress.drain(Draining.REPLICA));
      while (peer.goneAway() == null) {
        peer.next();
      }
      assertThat(peer.goneAway()).isEqualTo(NO_ERROR);
      peer.post(3, "/score", ROWS).flush();
      release.countDown();
      assertThat(peer.answer(1).status()).isEqualTo(200);
      assertThat(peer.answer(3).status()).as("was on its way").isEqualTo(200);
      assertThat(peer.end()).isEqualTo(NO_ERROR);
      drained.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void bodiesAreGivenBack() throws IOException {
    try (Http2Peer peer = connect()) {
      for (int i = 0; i < 50; i++) {
        peer.post(2 * i + 1, "/score", ROWS);
        peer.frame(
            Http2Peer.HEADERS,
            Http2Peer.END_HEADERS,
            2 * i + 101,
            Http2Peer.head("POST", "/score"));
      }
      peer.answer(99);
    }
    Eventually.holds("nothing is held", () -> ingress.heldBodyBytes() == 0);
  }
}
