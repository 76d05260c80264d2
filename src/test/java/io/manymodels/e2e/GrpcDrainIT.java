package io.manymodels.e2e;

import static io.manymodels.testing.InferenceClient.floats;
import static io.manymodels.testing.InferenceClient.input;
import static io.manymodels.testing.InferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthGrpc.HealthBlockingStub;
import io.manymodels.testing.InferenceClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of the process, for those who ask by gRPC. */
@OnlyInOneProcess("on Ray, Serve ends Dispatchers one after the other")
class GrpcDrainIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int CLIENTS = 6;
  private static final int SIGTERM = 143;

  @TempDir private Path folder;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicBoolean told = new AtomicBoolean();

  @Test
  void noCallFailsAndHealthTurnsFirst() throws Exception {
    Serve serve = OneProcessRoot.demo(folder.resolve("a")).variable("MANY_MODELS_DRAIN_S", 3);
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (OneProcessRoot root = OneProcessRoot.start(serve);
        InferenceClient client = InferenceClient.of(root.grpc())) {
      HealthBlockingStub health = HealthGrpc.newBlockingStub(client.channel());
      List<Future<Boolean>> ends = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String tenant = Expected.tenants().get(i);
        ends.add(clients.submit(() -> askUntilTold(root.grpc(), tenant)));
      }
      Await.until("there is traffic", SOON, () -> answered.get() > 200);

      root.terminate();

      Await.until(
          "it is not healthy",
          SOON,
          () ->
              health
                      .withDeadlineAfter(10, TimeUnit.SECONDS)
                      .check(HealthCheckRequest.getDefaultInstance())
                      .getStatus()
                  == ServingStatus.NOT_SERVING);
      int before = answered.get();
      Await.until("calls are answered as before", SOON, () -> answered.get() > before + 100);
      told.set(true);
      for (Future<Boolean> end : ends) {
        assertThat(end.get()).as("all calls of a client were answered").isTrue();
      }
      assertThat(root.ended().exitCode()).isEqualTo(SIGTERM);
    } finally {
      clients.shutdownNow();
    }
  }

  private boolean askUntilTold(String address, String tenant) {
    float[] row = new float[Expected.rows(tenant).get(0).size()];
    ModelInferRequest request =
        request(tenant, input("X", "FP32", 1, row.length).setContents(floats(row))).build();
    try (InferenceClient client = InferenceClient.of(address)) {
      while (!told.get()) {
        ModelInferResponse answer = client.infer(request);
        assertThat(answer.getModelName()).isEqualTo(tenant);
        answered.incrementAndGet();
      }
      return true;
    } catch (StatusRuntimeException e) {
      throw new AssertionError(Status.fromThrowable(e).toString(), e);
    }
  }
}
