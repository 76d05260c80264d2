package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.application.DecisionsQuestion;
import io.manymodels.http.moves.MoveFeed;
import io.manymodels.http.moves.MoveQueue;
import io.manymodels.measuring.Measure;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.Http2Peer;
import io.manymodels.testing.Samples;
import io.manymodels.testing.Tenants;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** GET /events as a stream: on the direct port, by HTTP/1.1 and HTTP/2. */
class EventStreamTest extends DirectFixture {
  /** Fewer than wait for a client at most. */
  private static final int MANY = MoveQueue.CAPACITY - 56;

  private static final String WATCH =
      "GET /events?after=7 HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\n\r\n";

  /** A client that reads lines, whatever the chunks are. */
  private static final class Watcher implements AutoCloseable {
    final Socket socket;
    private final BufferedReader lines;

    Watcher(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(20_000);
      lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    Watcher write(String request) throws IOException {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return this;
    }

    /** The lines up to the first one that is wanted; fails when the stream ends before. */
    List<String> until(Predicate<String> wanted) throws IOException {
      List<String> read = new ArrayList<>();
      while (read.isEmpty() || !wanted.test(read.get(read.size() - 1))) {
        String line = lines.readLine();
        assertThat(line).as("after %s", read).isNotNull();
        read.add(line);
      }
      return read;
    }

    boolean ends() throws IOException {
      String line = lines.readLine();
      while (line != null) {
        line = lines.readLine();
      }
      return true;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @AfterEach
  void endStreams() {
    operators.close();
  }

  private double clients() {
    return dispatcher
        .measurements()
        .own("a", "b")
        .processes()
        .get(0)
        .levels()
        .getOrDefault("move_clients", 0.0);
  }

  @Test
  void movesComeAsTheyHappen() throws IOException {
    try (Watcher watcher = new Watcher(ingress.port())) {
      List<String> head = watcher.write(WATCH).until(line -> line.startsWith("data: "));
      assertThat(head)
          .contains(
              "HTTP/1.1 200 OK",
              "content-type: text/event-stream",
              "transfer-encoding: chunked",
              "retry: 2000",
              "event: begin",
              "data: {\"next\":7}");
      cluster.decides(Samples.promoted(8, Tenants.tenant(1)));
      assertThat(watcher.until(line -> line.startsWith("data: "))).contains("id: 8", "event: move");
      cluster.decides(Samples.promoted(9, Tenants.tenant(2)));
      assertThat(watcher.until(line -> line.startsWith("data: "))).contains("id: 9");
      assertThat(clients()).isEqualTo(1);
    }
    Eventually.holds("the client that has left is forgotten", () -> clients() == 0);
  }

  @Test
  void aClientOfHttp10GetsItWithoutChunks() throws IOException {
    try (Watcher watcher = new Watcher(ingress.port())) {
      List<String> head =
          watcher
              .write(WATCH.replace("HTTP/1.1", "HTTP/1.0"))
              .until(line -> line.startsWith("data: "));
      assertThat(head)
          .contains("connection: close")
          .noneMatch(line -> line.startsWith("transfer-encoding"));
    }
  }

  @Test
  void aClientGoesOnWhereItWas() throws IOException {
    cluster.decides(Samples.promoted(8, Tenants.tenant(1)));
    cluster.decides(Samples.promoted(9, Tenants.tenant(2)));
    String again = WATCH.replace("?after=7", "").replace("host", "last-event-id: 8\r\nhost");
    try (Watcher watcher = new Watcher(ingress.port())) {
      List<String> read = watcher.write(again).until(line -> line.startsWith("id: "));
      assertThat(read).contains("data: {\"next\":8}", "id: 9");
    }
  }

  @Test
  void headIsAnsweredAndOver() throws IOException {
    try (Client client = new Client()) {
      Answer answer = client.write(WATCH.replace("GET", "HEAD")).read(true);
      assertThat(answer.headers()).containsEntry("content-type", "application/json");
      assertThat(client.write(get("/-/healthz")).read().status()).isEqualTo(200);
    }
    assertThat(clients()).isZero();
  }

  /** Long ones, so that what the sockets hold is soon full. */
  private void decideMany(int first) {
    for (int i = 0; i < MANY; i++) {
      PlacementEvent move = Samples.promoted(first + i, Tenants.tenant(1));
      cluster.decides(
          new PlacementEvent(
              move.sequence(),
              move.at(),
              move.generation(),
              move.kind(),
              move.tenant(),
              move.deployment(),
              move.others(),
              "x".repeat(20_000),
              move.figures()));
    }
    Eventually.holds(
        "the feed has handed them on",
        () -> {
          DecisionsQuestion asked = cluster.decisionsAsked();
          return asked != null && asked.after() >= first + MANY - 1;
        });
  }

  private long dropped() {
    return dispatcher.measurements().count(Measure.MOVES_DROPPED).value();
  }

  @Test
  void aClientThatNeverReadsMakesNobodyWait() throws IOException {
    try (Socket stuck = new Socket();
        Watcher other = new Watcher(ingress.port())) {
      stuck.setReceiveBufferSize(1_024);
      stuck.connect(new InetSocketAddress("127.0.0.1", ingress.port()));
      stuck.getOutputStream().write(WATCH.getBytes(UTF_8));
      other.write(WATCH).until(line -> line.startsWith("data: "));
      Eventually.holds("both watch", () -> clients() == 2);
      for (int first = 8; dropped() == 0; first += MANY) {
        assertThat(first).as("all is held somewhere").isLessThan(20 * MANY);
        decideMany(first);
        String last = "id: " + (first + MANY - 1);
        assertThat(other.until(line -> line.equals(last))).doesNotContain("event: dropped");
      }
      assertThat(ask(post("/score", ROWS)).status()).isEqualTo(200);
    }
  }

  @Test
  void noMoreClientsThanMayWatch() throws IOException {
    List<Watcher> all = new ArrayList<>();
    try {
      for (int i = 0; i < MoveFeed.MAX_CLIENTS; i++) {
        all.add(new Watcher(ingress.port()).write(WATCH));
      }
      for (Watcher each : all) {
        each.until(line -> line.equals("event: begin"));
      }
      Answer refused = ask(WATCH);
      assertProblem(refused, 503, "overloaded");
      assertThat(refused.json().path("detail").asText()).startsWith("64 clients watch the moves");
      assertThat(ask(get("/events?after=7")).status()).isEqualTo(200);
    } finally {
      for (Watcher each : all) {
        each.close();
      }
    }
    Eventually.holds("all are forgotten", () -> clients() == 0);
  }

  @Test
  void theEndOfTheProcessEndsTheStream() throws IOException {
    try (Watcher watcher = new Watcher(ingress.port())) {
      watcher.write(WATCH).until(line -> line.startsWith("data: "));
      operators.close();
      assertThat(watcher.ends()).isTrue();
    }
    Eventually.holds("the connection is gone", () -> ingress.connections().isEmpty());
  }

  @Test
  void movesComeByHttp2() throws IOException {
    try (Http2Peer peer =
        new Http2Peer(new Socket(InetAddress.getLoopbackAddress(), ingress.port()))) {
      byte[] head = Http2Peer.head("GET", "/events?after=7", "accept", "text/event-stream");
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS | Http2Peer.END_STREAM, 1, head).flush();
      while (!peer.sofar(1).body().contains("{\"next\":7}")) {
        assertThat(peer.next()).isNotNull();
      }
      assertThat(peer.sofar(1).headers())
          .containsEntry("content-type", "text/event-stream")
          .doesNotContainKey("content-length");
      cluster.decides(Samples.promoted(8, Tenants.tenant(1)));
      while (!peer.sofar(1).body().contains("id: 8\n")) {
        assertThat(peer.next()).isNotNull();
      }
      // Other requests are answered beside it.
      assertThat(peer.post(3, "/score", ROWS).answer(3).status()).isEqualTo(200);
      operators.close();
      assertThat(peer.answer(1).reset()).isNull();
    }
    Eventually.holds("the client is forgotten", () -> clients() == 0);
    assertThat(ingress.heldBodyBytes()).isZero();
  }

  /** The window of this client takes 65,535 bytes. */
  @Test
  void aClientByHttp2ThatGivesNoWindowMakesNobodyWait() throws IOException {
    try (Http2Peer peer =
        new Http2Peer(new Socket(InetAddress.getLoopbackAddress(), ingress.port()))) {
      byte[] head = Http2Peer.head("GET", "/events?after=7", "accept", "text/event-stream");
      peer.frame(Http2Peer.HEADERS, Http2Peer.END_HEADERS | Http2Peer.END_STREAM, 1, head).flush();
      Eventually.holds("it watches", () -> clients() == 1);
      decideMany(8);
      decideMany(8 + MANY);
      Eventually.holds("what it does not take is dropped and counted", () -> dropped() > 0);
      assertThat(ask(post("/score", ROWS)).status()).isEqualTo(200);
    }
    Eventually.holds("the client is forgotten", () -> clients() == 0);
    Eventually.holds("nothing is held for it", () -> ingress.heldBodyBytes() == 0);
  }
}
