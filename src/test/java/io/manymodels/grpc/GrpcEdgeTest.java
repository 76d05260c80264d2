package io.manymodels.grpc;

import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferResponse;
import io.grpc.ClientCall;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.manymodels.access.OpenGate;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.Dispatchers;
import io.manymodels.application.ServedModels;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.http.DeploymentMap;
import io.manymodels.observing.RequestObserver;
import io.manymodels.protocol.Protocols;
import io.manymodels.stores.Stores;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeCluster;
import io.manymodels.testing.InferenceClient;
import io.manymodels.transport.EventLoops;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The port itself: shared or taken, and how it ends. */
class GrpcEdgeTest {
  private static final ModelInferRequest ROW =
      request("row_sum", input("x", "FP32", 1, 3).setContents(floats(1, 2, 3))).build();

  private static final int UNDER_WAY = 16;

  @TempDir private Path folder;

  @Test
  void aPortThatIsTakenIsSaidAtTheStart() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Environment environment =
          Environment.empty().with(Setting.GRPC_PORT, "" + taken.getLocalPort());
      assertThatThrownBy(() -> GrpcFixture.start(folder, environment, "row_sum"))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
    }
  }

  /** As a Dispatcher that starts before the earlier one has gone, or beside it. */
  @Test
  void dispatchersShareAPort() {
    try (Replica replica = new Replica()) {
      GrpcEdge one = replica.edge(0);
      one.share();
      GrpcEdge two = replica.edge(one.port());
      GrpcEdge three = replica.edge(one.port());
      two.share();
      three.share();
      assertThat(two.port()).isZero();
      assertThat(three.port()).isZero();
      drain(one);
      Eventually.holds("both listen", () -> two.port() > 0 && two.port() == three.port());
      drain(two);
      assertAnswers(three.port());
      drain(three);
    }
  }

  @Test
  void aSharedPortIsTakenAsSoonAsItIsFree() throws IOException {
    ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    try (Replica replica = new Replica()) {
      GrpcEdge edge = replica.edge(taken.getLocalPort());
      edge.share();
      assertThat(edge.port()).isZero();
      taken.close();
      Eventually.holds("it listens", () -> edge.port() == taken.getLocalPort());
      assertAnswers(edge.port());
      drain(edge);
    }
  }

  private static void drain(GrpcEdge edge) {
    edge.drain(Duration.ZERO, Duration.ofSeconds(5)).join();
  }

  private static void assertAnswers(int port) {
    try (InferenceClient client = InferenceClient.of("127.0.0.1", port)) {
      assertThat(client.infer(ROW).getModelName()).isEqualTo("row_sum");
    }
  }

  /** A Dispatcher whose port may be shared, as on Ray. */
  private static final class Replica implements AutoCloseable {
    private static final ApplicationConfig APPLICATION =
        new ApplicationConfig("app", List.of("Deployment1"), "Deploymentx", "SharedMemory", "D");

    private final FakeCluster cluster = new FakeCluster(APPLICATION);
    private final Dispatcher<DeploymentMap> dispatcher =
        Dispatchers.dispatcher(APPLICATION, cluster, cluster, cluster, cluster, DeploymentMap::of);
    private final EventLoops loops = EventLoops.start("test-grpc");
    private final Stores stores =
        new Stores(Environment.empty().with(Setting.REGISTRY, "memory:" + UUID.randomUUID()));

    private GrpcEdge edge(int port) {
      ServedModels models =
          new ServedModels(
              dispatcher, stores.descriptions(), stores::registry, stores::writableRegistry);
      return new GrpcEdge(
          GrpcAddress.at(Environment.empty(), () -> "127.0.0.1", port),
          Protocols.v2(models, Environment.empty()),
          OpenGate.with(Optional.empty()),
          RequestObserver.NONE,
          loops,
          Optional.empty(),
          dispatcher.measurements());
    }

    @Override
    public void close() {
      dispatcher.close();
      loops.close();
      stores.close();
    }
  }

  /**
   * Health turns first; until the lead is over calls are answered, and those under way after it.
   */
  @Test
  void whoEndsSaysSoAndFailsNothing() throws Exception {
    try (GrpcFixture running = GrpcFixture.start(folder, Environment.empty(), "row_sum");
        InferenceClient client = running.newClient(builder -> {})) {
      var health = HealthGrpc.newBlockingStub(client.channel());
      assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
          .isEqualTo(ServingStatus.SERVING);
      AtomicInteger answered = new AtomicInteger();
      AtomicInteger failed = new AtomicInteger();
      CompletableFuture<Void> drained =
          running
              .process()
              .grpc()
              .orElseThrow()
              .drain(Duration.ofSeconds(1), Duration.ofSeconds(20));
      Eventually.holds(
          "health has turned",
          () ->
              health.check(HealthCheckRequest.getDefaultInstance()).getStatus()
                  == ServingStatus.NOT_SERVING);
      for (int i = 0; i < UNDER_WAY; i++) {
        ask(client, answered, failed);
      }
      Eventually.holds("all have ended", () -> answered.get() + failed.get() == UNDER_WAY);
      assertThat(failed).hasValue(0);
      drained.get(20, TimeUnit.SECONDS);
    }
  }

  private static void ask(InferenceClient client, AtomicInteger answered, AtomicInteger failed) {
    ClientCall<ModelInferRequest, ModelInferResponse> call = client.inferCall();
    ClientCalls.asyncUnaryCall(
        call,
        ROW,
        new StreamObserver<>() {
          @Override
          public void onNext(ModelInferResponse response) {
            answered.incrementAndGet();
          }

          @Override
          public void onError(Throwable failure) {
            failed.incrementAndGet();
          }

          @Override
          public void onCompleted() {}
        });
  }
}
