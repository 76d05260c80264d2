package io.manymodels.transport;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictClient;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.Predictor;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.routing.ReplicaUnreachableException;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.Requests;
import io.manymodels.testing.TestCertificates;
import io.manymodels.testing.Values;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketChannel;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of the transport, over real sockets. */
class ReplicaLinksTest {
  private static final String DEPLOYMENT = "Deployment1";
  private static final ReplicaId REPLICA = new ReplicaId(DEPLOYMENT, "one");
  private static final Rows ROWS = Rows.matrix(2, 2, new double[] {1, 2, 3, 4});
  private static final Duration SOON = Duration.ofSeconds(20);

  private final EventLoops serverLoops = loops("test-server");
  private final EventLoops clientLoops = loops("test-client");
  private final Named directory = new Named();
  private final Map<ReplicaId, Endpoint> endpoints = new ConcurrentHashMap<>();
  private Optional<TransportTls> tls = Optional.empty();
  private final AtomicInteger byRay = new AtomicInteger();
  private final List<PredictServer> servers = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();

  private static final class Named implements ReplicaDirectory {
    private final List<ReplicaId> replicas = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final List<ReplicaId> lost = new CopyOnWriteArrayList<>();

    @Override
    public List<ReplicaId> replicas(String deployment) {
      return replicas.stream().filter(r -> r.deployment().equals(deployment)).toList();
    }

    @Override
    public void reportLost(ReplicaId replica) {
      lost.add(replica);
    }

    @Override
    public void onChange(Runnable listener) {
      listeners.add(listener);
    }

    void name(ReplicaId... names) {
      replicas.clear();
      replicas.addAll(List.of(names));
      listeners.forEach(Runnable::run);
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    clientLoops.close();
    serverLoops.close();
  }

  /** Both sides' event loops. */
  EventLoops loops(String name) {
    return EventLoops.start(name);
  }

  /** What those on one machine talk over. */
  Class<?> nearest() {
    return DomainSocketChannel.class;
  }

  private PredictServer serve(ReplicaId replica, Predictor predictor) {
    return serve(
        replica,
        PredictServer.start("127.0.0.1", serverLoops, predictor, ControlMethods.NONE, tls));
  }

  private PredictServer serve(ReplicaId replica, PredictServer server) {
    opened.add(server);
    servers.add(server);
    endpoints.put(replica, server.endpoint());
    return server;
  }

  private ReplicaLinks links() {
    return links(
        (replica, deadline) ->
            Optional.ofNullable(endpoints.get(replica))
                .orElseThrow(() -> new ServingException(ErrorCode.NO_REPLICA, "no port")));
  }

  private ReplicaLinks links(Endpoints found) {
    PredictClient otherwise =
        (replica, call, deadline) -> {
          byRay.incrementAndGet();
          return CompletableFuture.completedFuture(new NotHere());
        };
    ReplicaLinks links =
        new ReplicaLinks(
            directory, List.of(DEPLOYMENT), otherwise, clientLoops, found, tls, Ticker.SYSTEM);
    opened.add(links);
    return links;
  }

  private ReplicaLinks connected(Predictor predictor) {
    serve(REPLICA, predictor);
    ReplicaLinks links = links();
    directory.name(REPLICA);
    Eventually.holds("it is connected", () -> links.connected(REPLICA));
    return links;
  }

  private static Deadline in(Duration wait) {
    return Deadline.after(wait, Ticker.SYSTEM);
  }

  private static CompletableFuture<PredictReply> ask(ReplicaLinks links, int tenant) {
    return links.predict(REPLICA, new PredictCall(tenant(tenant), ROWS), in(SOON));
  }

  private static Throwable failure(CompletableFuture<PredictReply> answer) {
    try {
      throw new AssertionError("answered " + answer.join());
    } catch (CompletionException e) {
      return e.getCause();
    }
  }

  private static TenantId tenantOf(PredictReply reply) {
    return ((Predicted) reply).ref().tenant();
  }

  @Test
  void aPredictionGoesThereAndBack() {
    ReplicaLinks links = connected(StoppableReplica::echo);
    Predicted reply = (Predicted) ask(links, 1).join();
    assertThat(reply.ref()).isEqualTo(new ModelRef(tenant(1), new ModelVersion(1)));
    assertThat(Values.of(reply.prediction())).containsExactly(1.0, 2.0, 3.0, 4.0);
    assertThat(reply.cost()).isEqualTo(Requests.COST);
    assertThat(byRay).hasValue(0);
  }

  @Test
  void answersInAnotherOrderReachThoseWhoAsked() {
    List<Runnable> held = new CopyOnWriteArrayList<>();
    ReplicaLinks links =
        connected((request, answer) -> held.add(() -> StoppableReplica.echo(request, answer)));
    List<CompletableFuture<PredictReply>> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(ask(links, i));
    }
    Eventually.holds("all have come", () -> held.size() == 100);
    for (int i = 99; i >= 0; i--) {
      held.get(i).run();
    }
    for (int i = 0; i < 100; i++) {
      assertThat(tenantOf(answers.get(i).join())).isEqualTo(tenant(i));
    }
  }

  @Test
  void aMegabyteOfRowsFits() {
    ReplicaLinks links = connected(StoppableReplica::echo);
    double[] values = new double[500_000];
    values[499_999] = 7;
    Rows rows = Rows.matrix(1_000, 500, values);
    Predicted reply =
        (Predicted) links.predict(REPLICA, new PredictCall(tenant(1), rows), in(SOON)).join();
    assertThat(Values.of(reply.prediction())).isEqualTo(Arrays.stream(values).boxed().toList());
  }

  @Test
  void aPassedDeadlineEndsACallAndItsLateAnswerIsDropped() {
    List<Runnable> held = new CopyOnWriteArrayList<>();
    ReplicaLinks links =
        connected(
            (request, answer) -> {
              if (request.tenant().equals(tenant(1))) {
                held.add(() -> StoppableReplica.echo(request, answer));
              } else {
                StoppableReplica.echo(request, answer);
              }
            });
    CompletableFuture<PredictReply> late =
        links.predict(REPLICA, new PredictCall(tenant(1), ROWS), in(Duration.ofMillis(50)));
    assertThat(failure(late))
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
    held.forEach(Runnable::run);
    assertThat(tenantOf(ask(links, 2).join())).isEqualTo(tenant(2));
    assertThat(failure(links.predict(REPLICA, new PredictCall(tenant(2), ROWS), in(Duration.ZERO))))
        .hasMessageContaining("deadline");
  }

  @Test
  void aPredictorThatThrowsFailsTheCallOnly() {
    ReplicaLinks links =
        connected(
            (request, answer) -> {
              if (request.tenant().equals(tenant(1))) {
                throw new IllegalStateException("on purpose, for a test");
              }
              StoppableReplica.echo(request, answer);
            });
    assertThat(((Failed) ask(links, 1).join()).code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(tenantOf(ask(links, 2).join())).isEqualTo(tenant(2));
  }

  @Test
  void aConnectionThatBreaksFailsItsCallsAtOnceAndIsMadeAgain() {
    ReplicaLinks links = connected((request, answer) -> {});
    CompletableFuture<PredictReply> waiting = ask(links, 1);
    servers.get(0).connections().forEach(connection -> connection.close().awaitUninterruptibly());
    assertThat(failure(waiting)).isInstanceOf(ReplicaUnreachableException.class);
    Eventually.holds("it is connected again", () -> links.connected(REPLICA));
    assertThat(links.reachable(REPLICA)).isTrue();
  }

  @Test
  void withoutAPortCallsGoByRay() {
    ReplicaLinks links = links();
    directory.name(REPLICA);
    assertThat(ask(links, 1).join()).isInstanceOf(NotHere.class);
    assertThat(byRay).hasValue(1);
    assertThat(links.reachable(REPLICA)).isTrue();
    serve(REPLICA, StoppableReplica::echo);
    Eventually.holds("its port is found", () -> links.connected(REPLICA));
    assertThat(tenantOf(ask(links, 1).join())).isEqualTo(tenant(1));
  }

  @Test
  void thoseOnOneMachineTalkOverASocketOfItsOwn() {
    ReplicaLinks links = connected(StoppableReplica::echo);
    assertThat(tenantOf(ask(links, 1).join())).isEqualTo(tenant(1));
    assertThat(List.copyOf(servers.get(0).connections()))
        .isNotEmpty()
        .allMatch(nearest()::isInstance);
  }

  /** As in a sandbox without the abstract namespace of Linux. */
  @Test
  void whereThereAreNoLocalSocketsThePortDoesForAll() {
    try (LogLines warnings = LogLines.of(PredictServer.class, "no local socket")) {
      serve(
          REPLICA,
          PredictServer.start(
              "127.0.0.1",
              serverLoops,
              StoppableReplica::echo,
              ControlMethods.NONE,
              tls,
              name -> new DomainSocketAddress("/none/" + name)));
      ReplicaLinks links = links();
      directory.name(REPLICA);
      Eventually.holds("it is connected", () -> links.connected(REPLICA));
      assertThat(tenantOf(ask(links, 1).join())).isEqualTo(tenant(1));
      assertThat(List.copyOf(servers.get(0).connections()))
          .isNotEmpty()
          .allMatch(channel -> channel instanceof SocketChannel);
      assertThat(warnings.messages()).hasSize(serverLoops.epoll() ? 1 : 0);
      assertThat(warnings.hasStackTrace()).isFalse();
    }
  }

  @Test
  void aReplicaOnAnotherMachineIsAskedByItsPort() {
    Endpoint here = serve(REPLICA, StoppableReplica::echo).endpoint();
    endpoints.put(
        REPLICA, new Endpoint(here.host(), here.port(), here.token(), false, "not-on-this-one"));
    ReplicaLinks links = links();
    directory.name(REPLICA);
    Eventually.holds("it is connected", () -> links.connected(REPLICA));
    assertThat(tenantOf(ask(links, 1).join())).isEqualTo(tenant(1));
    assertThat(List.copyOf(servers.get(0).connections()))
        .isNotEmpty()
        .allMatch(channel -> channel instanceof SocketChannel);
  }

  @Test
  void aPortWithAnotherTokenIsNotUsed() {
    Endpoint right = serve(REPLICA, StoppableReplica::echo).endpoint();
    endpoints.put(REPLICA, new Endpoint(right.host(), right.port(), "guessed", false, ""));
    ReplicaLinks links = links();
    directory.name(REPLICA);
    for (int i = 0; i < 20; i++) {
      assertThat(ask(links, 1).join()).isInstanceOf(NotHere.class);
    }
    assertThat(links.connected(REPLICA)).isFalse();
  }

  @Test
  void aReplicaThatGoesAwayForGoodIsAskedByRay() {
    PredictServer server = serve(REPLICA, StoppableReplica::echo);
    ReplicaLinks links = links();
    directory.name(REPLICA);
    Eventually.holds("it is connected", () -> links.connected(REPLICA));
    server.close();
    Eventually.holds("it is away", () -> !links.connected(REPLICA));
    Eventually.holds(
        "calls go by Ray",
        () -> links.reachable(REPLICA) && ask(links, 1).join() instanceof NotHere);
    assertThat(byRay).hasPositiveValue();
  }

  /** A call by Ray would wait until Ray has found out. */
  @Test
  void aReplicaOfWhichRayKnowsNothingIsNotCalledAndADeadOneIsForgotten() {
    PredictServer server = serve(REPLICA, StoppableReplica::echo);
    AtomicInteger asked = new AtomicInteger();
    ReplicaLinks links =
        links(
            (replica, deadline) -> {
              return switch (asked.getAndIncrement()) {
                case 0 -> server.endpoint();
                case 1 -> throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, "no answer");
                default ->
                    throw new ReplicaLostException(replica, new IllegalStateException("dead"));
              };
            });
    directory.name(REPLICA);
    Eventually.holds("it is connected", () -> links.connected(REPLICA));
    server.close();
    Eventually.holds("Ray has been asked", () -> asked.get() == 2);
    assertThat(links.reachable(REPLICA)).isFalse();
    assertThat(directory.lost).isEmpty();
    Eventually.holds("it is forgotten", () -> directory.lost.equals(List.of(REPLICA)));
    assertThat(links.reachable(REPLICA)).isFalse();
    assertThat(byRay).hasValue(0);
  }

  @Test
  void whoIsNotNamedAnyMoreIsDrainedAndLeft() {
    List<Runnable> held = new CopyOnWriteArrayList<>();
    ReplicaLinks links =
        connected((request, answer) -> held.add(() -> StoppableReplica.echo(request, answer)));
    CompletableFuture<PredictReply> waiting = ask(links, 1);
    Eventually.holds("it has come", () -> held.size() == 1);
    directory.name();
    assertThat(links.connected(REPLICA)).isFalse();
    held.get(0).run();
    assertThat(tenantOf(waiting.join())).isEqualTo(tenant(1));
    Eventually.holds("its connections are closed", () -> servers.get(0).connections().isEmpty());
  }

  /** As when the process is stopped: its sockets stay open, and nobody answers. */
  @Test
  void aSilentReplicaLosesItsCallsWithinTwoSecondsAndIsBackWhenItSpeaks() throws Exception {
    ReplicaLinks links = connected((request, answer) -> {});
    CompletableFuture<PredictReply> waiting = ask(links, 1);
    CountDownLatch blocked = new CountDownLatch(1);
    serverLoops
        .all()
        .forEach(
            loop ->
                loop.execute(
                    () -> {
                      try {
                        assertThat(blocked.await(20, TimeUnit.SECONDS)).isTrue();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    }));
    long start = System.nanoTime();
    assertThat(failure(waiting))
        .isInstanceOf(ReplicaUnreachableException.class)
        .hasMessageContaining("is silent");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(links.reachable(REPLICA)).isFalse();
    assertThat(serverLoops.responsive(Duration.ofMillis(50))).as("blocked").isFalse();
    assertThat(clientLoops.responsive(SOON)).isTrue();
    assertThat(failure(ask(links, 1))).isInstanceOf(ReplicaUnreachableException.class);
    blocked.countDown();
    Eventually.holds("it is back", () -> links.connected(REPLICA));
  }

  /** As seen from here; with the signal of the operating system that stops a process. */
  @Test
  void aFrozenReplicaLosesItsCallsWithinThreeTenthsOfASecondAndItsLateAnswersAreDropped()
      throws Exception {
    List<String> command =
        List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "-cp",
            System.getProperty("java.class.path"),
            StoppableReplica.class.getName());
    Process replica =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    opened.add(replica::destroyForcibly);
    endpoints.put(REPLICA, StoppableReplica.endpoint(replica.inputReader().readLine()));
    List<ReplicaId> lost = new CopyOnWriteArrayList<>();
    ReplicaLinks links = links();
    links.onLost(lost::add);
    directory.name(REPLICA);
    Eventually.holds("it is connected", () -> links.connected(REPLICA));
    assertThat(tenantOf(ask(links, 3).join())).isEqualTo(tenant(3));

    Duration quickest = Duration.ofDays(1);
    for (int i = 0; i < 5; i++) {
      CompletableFuture<PredictReply> waiting = ask(links, 1);
      assertThat(tenantOf(ask(links, 3).join())).isEqualTo(tenant(3));
      lost.clear();
      long start = System.nanoTime();
      signal(replica, "STOP");
      CompletableFuture<PredictReply> justNow = ask(links, 3);
      for (CompletableFuture<PredictReply> each : List.of(waiting, justNow)) {
        assertThat(failure(each))
            .isInstanceOfSatisfying(
                ReplicaUnreachableException.class,
                e -> {
                  assertThat(e.mayHaveRun()).isTrue();
                  assertThat(e.mayBeAlive()).isTrue();
                });
      }
      Duration noticed = Duration.ofNanos(System.nanoTime() - start);
      quickest = noticed.compareTo(quickest) < 0 ? noticed : quickest;
      assertThat(links.reachable(REPLICA)).isFalse();
      assertThat(lost).contains(REPLICA);
      signal(replica, "CONT");
      Eventually.holds("it is back", () -> links.connected(REPLICA));
      assertThat(tenantOf(ask(links, 2).join())).isEqualTo(tenant(2));
      assertThat(tenantOf(ask(links, 3).join())).isEqualTo(tenant(3));
      if (noticed.compareTo(Duration.ofMillis(300)) <= 0) {
        break;
      }
    }
    assertThat(quickest).isLessThanOrEqualTo(Duration.ofMillis(300));
  }

  private static void signal(Process process, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** Predictions that take as long as many that have been quick may take, one after the other. */
  @Test
  void anEventLoopThatIsBusyForSecondsIsNeverSilent() {
    ReplicaLinks links =
        connected(
            (request, answer) -> {
              long start = System.nanoTime();
              while (System.nanoTime() - start < Duration.ofMillis(50).toNanos()) {
                Thread.onSpinWait();
              }
              StoppableReplica.echo(request, answer);
            });
    // The event loop is what takes them, too.
    Eventually.holds(
        "its heartbeats can be asked for",
        () -> servers.get(0).beating() == clientLoops.all().size());
    List<ReplicaId> lost = new CopyOnWriteArrayList<>();
    links.onLost(lost::add);
    List<CompletableFuture<PredictReply>> answers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      answers.add(ask(links, i));
    }
    for (int i = 0; i < answers.size(); i++) {
      assertThat(tenantOf(answers.get(i).join())).isEqualTo(tenant(i));
    }
    assertThat(lost).isEmpty();
  }

  /** As one of the build before heartbeats does. */
  @Test
  void aReplicaThatTakesNoHeartbeatsIsSilentAfterASecond() throws Exception {
    AtomicInteger greetings = new AtomicInteger();
    Channel old =
        new ServerBootstrap()
            .group(serverLoops.group())
            .channel(serverLoops.serverChannel())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(Frames.decoder(Frames.MAX_BYTES))
                        .addLast(new Greeting(greetings));
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    opened.add(() -> old.close().syncUninterruptibly());
    int port = ((InetSocketAddress) old.localAddress()).getPort();
    endpoints.put(REPLICA, new Endpoint("127.0.0.1", port, "token", false, ""));
    ReplicaLinks links = links();
    directory.name(REPLICA);
    Eventually.holds("it is connected", () -> links.connected(REPLICA));
    assertThat(failure(ask(links, 1))).hasMessageContaining("is silent");
    assertThat(greetings).hasValue(clientLoops.all().size());
  }

  /** Welcomes, and says nothing after that. */
  private static final class Greeting extends SimpleChannelInboundHandler<ByteBuf> {
    private final AtomicInteger greetings;

    private Greeting(AtomicInteger greetings) {
      this.greetings = greetings;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
      if (frame.readByte() == Frames.HELLO) {
        greetings.incrementAndGet();
        var unused = context.writeAndFlush(Frames.empty(context.alloc(), Frames.WELCOME, 0));
      }
    }
  }

  @Test
  void aPredictionThatTakesLongIsNotSilence() {
    List<Runnable> held = new CopyOnWriteArrayList<>();
    ReplicaLinks links =
        connected((request, answer) -> held.add(() -> StoppableReplica.echo(request, answer)));
    CompletableFuture<PredictReply> waiting = ask(links, 1);
    long start = System.nanoTime();
    Eventually.holds(
        "longer than a silent one is waited for",
        () -> System.nanoTime() - start > Duration.ofMillis(2_500).toNanos());
    assertThat(waiting).isNotDone();
    assertThat(links.connected(REPLICA)).isTrue();
    held.get(0).run();
    assertThat(tenantOf(waiting.join())).isEqualTo(tenant(1));
  }

  @Test
  void byTlsWithCertificatesOfOneAuthority(@TempDir Path folder) throws Exception {
    TestCertificates certificates = TestCertificates.make(folder, "localhost");
    tls =
        TransportTls.from(
            Environment.empty()
                .with(Setting.TRANSPORT_CERT_FILE, certificates.certificate().toString())
                .with(Setting.TRANSPORT_KEY_FILE, certificates.key().toString())
                .with(Setting.TRANSPORT_CA_FILE, certificates.authority().toString()));
    ReplicaLinks links = connected(StoppableReplica::echo);
    assertThat(endpoints.get(REPLICA).tls()).isTrue();
    assertThat(tenantOf(ask(links, 1).join())).isEqualTo(tenant(1));
  }

  @Test
  void tlsIsConfiguredWhollyOrNotAtAll(@TempDir Path folder) {
    assertThat(TransportTls.from(Environment.empty())).isEmpty();
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(
            () ->
                TransportTls.from(
                    Environment.empty().with(Setting.TRANSPORT_KEY_FILE, folder.toString())))
        .withMessageContaining(Setting.TRANSPORT_CERT_FILE.variable());
  }

  @Test
  void anEndpointChecksItself() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Endpoint("h", 0, "t", false, ""));
    assertThat(new Endpoint("h", 1, "secret", true, "").toString()).isEqualTo("tls://h:1");
  }
}
