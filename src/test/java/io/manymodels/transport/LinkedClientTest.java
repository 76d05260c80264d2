package io.manymodels.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaUnreachableException;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.LogLines;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Control calls and digests over real sockets, and by Ray where these do not go. */
class LinkedClientTest {
  private static final ReplicaId REPLICA = new ReplicaId("Deployment1", "one");
  private static final Duration SOON = Duration.ofSeconds(20);

  private final EventLoops serverLoops = EventLoops.start("test-server");
  private final EventLoops clientLoops = EventLoops.start("test-client");
  private final AtomicInteger byRay = new AtomicInteger();
  private final AtomicLong digest = new AtomicLong(7);
  private final List<AutoCloseable> opened = new ArrayList<>();
  private volatile Optional<Endpoint> endpoint = Optional.empty();

  /** One replica, that is always there. */
  private static final ReplicaDirectory ONE =
      new ReplicaDirectory() {
        @Override
        public List<ReplicaId> replicas(String deployment) {
          return deployment.equals(REPLICA.deployment()) ? List.of(REPLICA) : List.of();
        }

        @Override
        public void reportLost(ReplicaId replica) {}

        @Override
        public void onChange(Runnable listener) {}
      };

  private final ReplicaClient ray =
      (replica, method, argument, deadline) -> {
        byRay.incrementAndGet();
        return ("by Ray: " + method).getBytes(UTF_8);
      };

  private final ReplicaLinks links =
      ReplicaLinks.forControl(
          ONE,
          List.of(REPLICA.deployment()),
          clientLoops,
          (replica, deadline) ->
              endpoint.orElseThrow(() -> new ServingException(ErrorCode.NO_REPLICA, "no port")),
          Optional.empty());

  private final LinkedClient client = new LinkedClient(links, ray);

  @AfterEach
  void close() throws Exception {
    links.close();
    for (AutoCloseable each : opened) {
      each.close();
    }
    clientLoops.close();
    serverLoops.close();
  }

  private PredictServer serve(Map<String, UnaryOperator<byte[]>> methods) {
    PredictServer server =
        PredictServer.start(
            "127.0.0.1",
            serverLoops,
            (request, answer) -> answer.accept(new NotHere()),
            new ControlMethods(methods, digest::get),
            Optional.empty());
    opened.add(server);
    endpoint = Optional.of(server.endpoint());
    Eventually.holds("it is connected", () -> links.connected(REPLICA));
    return server;
  }

  private static Deadline in(Duration wait) {
    return Deadline.after(wait, Ticker.SYSTEM);
  }

  private String call(String method, String argument) {
    return new String(client.call(REPLICA, method, argument.getBytes(UTF_8), in(SOON)), UTF_8);
  }

  private ErrorCode refusal(String method, Duration wait) {
    return catchThrowableOfType(
            ServingException.class, () -> client.call(REPLICA, method, new byte[0], in(wait)))
        .code();
  }

  private static byte[] echo(byte[] argument) {
    return ("echo " + new String(argument, UTF_8)).getBytes(UTF_8);
  }

  @Test
  void aCallGoesThereAndBackWithoutRay() {
    serve(Map.of("say", LinkedClientTest::echo, "nothing", argument -> new byte[0]));
    assertThat(call("say", "größer")).isEqualTo("echo größer");
    assertThat(call("nothing", "")).isEmpty();
    String megabyte = "x".repeat(1 << 20);
    assertThat(call("say", megabyte)).isEqualTo("echo " + megabyte);
    assertThat(byRay).hasValue(0);
  }

  @Test
  void callsThatBlockDoNotKeepOthersWaiting() {
    CountDownLatch release = new CountDownLatch(1);
    serve(Map.of("block", argument -> blocked(release, argument), "say", LinkedClientTest::echo));
    List<CompletableFuture<byte[]>> blocked = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      blocked.add(links.call(REPLICA, "block", new byte[] {(byte) i}, in(SOON)));
    }
    assertThat(call("say", "a")).isEqualTo("echo a");
    assertThat(links.digest(REPLICA, in(SOON)).join()).isEqualTo(7);
    assertThat(blocked).noneMatch(CompletableFuture::isDone);
    release.countDown();
    for (int i = 0; i < 20; i++) {
      assertThat(blocked.get(i).join()).containsExactly(i);
    }
  }

  private static byte[] blocked(CountDownLatch release, byte[] argument) {
    try {
      assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return argument;
  }

  @Test
  void failuresAreToldAndTheConnectionGoesOn() {
    CountDownLatch release = new CountDownLatch(1);
    serve(
        Map.of(
            "throw",
            argument -> {
              throw new IllegalStateException("on purpose, for a test");
            },
            "late",
            argument -> blocked(release, argument),
            "say",
            LinkedClientTest::echo));
    try (LogLines log = LogLines.of(ControlServer.class, "answering 'throw'")) {
      assertThat(refusal("throw", SOON)).isEqualTo(ErrorCode.INTERNAL);
      assertThat(log.messages()).hasSize(1);
    }
    assertThat(refusal("unknown", SOON)).isEqualTo(ErrorCode.INTERNAL);
    assertThat(refusal("late", Duration.ofMillis(50))).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(refusal("say", Duration.ZERO)).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    release.countDown();
    assertThat(call("say", "b")).isEqualTo("echo b");
    assertThat(byRay).hasValue(0);
  }

  @Test
  void aDigestIsWhatTheReplicaTellsNow() {
    serve(Map.of());
    assertThat(links.digest(REPLICA, in(SOON)).join()).isEqualTo(7);
    digest.set(-8);
    assertThat(links.digest(REPLICA, in(SOON)).join()).isEqualTo(-8);
  }

  @Test
  void withoutAPortRayIsAskedUntilThereIsOne() {
    assertThat(call("say", "a")).isEqualTo("by Ray: say");
    assertThat(digestFailure()).isInstanceOf(ReplicaUnreachableException.class);
    serve(Map.of("say", LinkedClientTest::echo));
    assertThat(call("say", "a")).isEqualTo("echo a");
    assertThat(byRay).hasValue(1);
  }

  private Throwable digestFailure() {
    return catchThrowableOfType(
            CompletionException.class, () -> links.digest(REPLICA, in(SOON)).join())
        .getCause();
  }

  /** The call may have been run; Ray knows whether the replica is dead. */
  @Test
  void aCallWhoseConnectionBreaksIsMadeByRay() {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    PredictServer server =
        serve(
            Map.of(
                "block",
                argument -> {
                  begun.countDown();
                  return blocked(release, argument);
                }));
    CompletableFuture<byte[]> call = links.call(REPLICA, "block", new byte[0], in(SOON));
    Eventually.holds("it has begun", () -> begun.getCount() == 0);
    server.close();
    assertThat(call)
        .failsWithin(SOON)
        .withThrowableThat()
        .withCauseInstanceOf(ReplicaUnreachableException.class);
    release.countDown();
    assertThat(call("block", "")).isEqualTo("by Ray: block");
  }

  /** One that closes the connection at the first frame that it does not know. */
  @Test
  void aReplicaOfTheBuildBeforeIsCalledByRayAndItsConnectionStays() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      endpoint =
          Optional.of(
              new Endpoint(
                  InetAddress.getLoopbackAddress().getHostAddress(),
                  listening.getLocalPort(),
                  "token",
                  false,
                  ""));
      try (Socket connection = listening.accept()) {
        connection.setSoTimeout((int) SOON.toMillis());
        DataInputStream in = new DataInputStream(connection.getInputStream());
        assertThat(kindOf(in)).isEqualTo(Frames.HELLO);
        DataOutputStream out = new DataOutputStream(connection.getOutputStream());
        out.write(frame(Frames.WELCOME));
        Eventually.holds("it is connected", () -> links.connected(REPLICA));
        assertThat(call("say", "a")).isEqualTo("by Ray: say");
        assertThat(digestFailure()).isInstanceOf(ReplicaUnreachableException.class);
        assertThat(kindOf(in)).as("asked for a sign of life only").isEqualTo(Frames.PING);
        out.write(frame(Frames.PONG));
        assertThat(links.connected(REPLICA)).isTrue();
      }
    }
  }

  private static byte kindOf(DataInputStream in) throws IOException {
    byte[] frame = new byte[in.readInt()];
    in.readFully(frame);
    return frame[0];
  }

  private static byte[] frame(byte kind) {
    return ByteBuffer.allocate(13).putInt(9).put(kind).putLong(0).array();
  }
}
