package io.manymodels.holding;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.request;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.manymodels.holding.HotReport.Held;
import io.manymodels.holding.HotReport.Refused;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.placement.Generation;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.FakeTicker;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HotModelsTest {
  private static final Generation FIRST = new Generation(2, 1);
  private static final Generation LATER = new Generation(2, 5);
  private static final Generation EARLIER_TERM = new Generation(1, 99);

  private final FakeTicker ticker = new FakeTicker();
  private final FakeModels models = new FakeModels().with(firstTo(9));
  private final HotModels hot = new HotModels(models.source(), ticker);

  @AfterEach
  void close() {
    hot.close();
    models.awaitAllClosed();
    assertThat(models.misuses()).isEmpty();
  }

  private Deadline soon() {
    return ticker.in(Duration.ofSeconds(30));
  }

  @Test
  void predictsWithTheTenantsOwnModelAndNoOther() {
    assertThat(hot.load(tenants(1, 2), FIRST, soon())).isTrue();
    assertThat(((Predicted) hot.answer(request(tenant(2)))).ref().tenant()).isEqualTo(tenant(2));
    assertThat(hot.answer(request(tenant(3)))).isEqualTo(new NotHere());
    assertThat(models.loads(tenant(3))).as("a request loads nothing").isZero();
  }

  @Test
  void rowsThatDoNotFitAreRefusedHere() {
    assertThat(hot.load(tenants(1), FIRST, soon())).isTrue();
    PredictReply reply =
        hot.answer(new PredictRequest(tenant(1), Rows.matrix(2, 5, new double[10]), 1_000));
    assertThat(((Failed) reply).code()).isEqualTo(ErrorCode.INPUT_MISMATCH);
  }

  @Test
  void reportsWhatItHoldsSinceWhen() {
    assertThat(hot.load(tenants(2), FIRST, soon())).isTrue();
    models.publish(tenant(1), 7);
    assertThat(hot.load(tenants(1, 2), LATER, soon())).isTrue();
    assertThat(hot.held())
        .extracting(Held::tenant, Held::version, Held::since)
        .containsExactly(
            tuple(tenant(1), new ModelVersion(7), LATER),
            tuple(tenant(2), new ModelVersion(1), FIRST));
    assertThat(hot.obeyed()).isEqualTo(LATER);
    assertThat(models.loads(tenant(2))).as("it was here already").isOne();
  }

  @Test
  void reportsWhatItCouldNotLoadAndWhy() {
    models.breakModel(tenant(1), new ServingException(ErrorCode.LOAD_FAILED, "no such operator"));
    assertThat(hot.load(tenants(1, 2, 77), FIRST, soon())).isTrue();
    assertThat(hot.held()).extracting(Held::tenant).containsExactly(tenant(2));
    assertThat(hot.refused(tenants(77, 2, 1)))
        .containsExactly(
            new Refused(tenant(1), ErrorCode.LOAD_FAILED, "no such operator"),
            new Refused(tenant(77), ErrorCode.MODEL_NOT_FOUND, "tenant 'tenant77' has no model"));
    assertThat(hot.refused(tenants(3))).isEmpty();
  }

  @Test
  void aStaleCommandIsRefused() {
    assertThat(hot.load(tenants(1), LATER, soon())).isTrue();
    assertThat(hot.load(tenants(2), FIRST, soon())).isFalse();
    assertThat(hot.unload(tenants(1), EARLIER_TERM)).isFalse();
    assertThat(hot.held()).extracting(Held::tenant).containsExactly(tenant(1));
    assertThat(hot.obeyed()).isEqualTo(LATER);
    assertThat(hot.unload(tenants(1), LATER)).as("the same again").isTrue();
    assertThat(hot.load(tenants(2), new Generation(3, 0), soon())).as("a new term").isTrue();
    assertThat(hot.held()).extracting(Held::tenant).containsExactly(tenant(2));
  }

  @Test
  void unloadingWaitsForNobodyAndClosesAfterTheLastPrediction() throws Exception {
    assertThat(hot.load(tenants(1), FIRST, soon())).isTrue();
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch begun = models.opened().get(0).holdPredictions(release);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<PredictReply> running = thread.submit(() -> hot.answer(request(tenant(1))));
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(hot.unload(tenants(1, 5), LATER)).isTrue();
      assertThat(hot.answer(request(tenant(1)))).isEqualTo(new NotHere());
      assertThat(models.opened().get(0).closes()).isZero();
      release.countDown();
      assertThat(running.get(20, TimeUnit.SECONDS)).isInstanceOf(Predicted.class);
    } finally {
      thread.shutdownNow();
    }
    models.awaitAllClosed();
  }

  @Test
  void aLoadedTenantIsServedWhileAnotherLoads() throws Exception {
    assertThat(hot.load(tenants(1), FIRST, soon())).isTrue();
    CountDownLatch gate = models.holdLoads(tenant(2));
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Boolean> loading = thread.submit(() -> hot.load(tenants(2, 3), LATER, soon()));
      Eventually.holds("the load runs", () -> models.loads(tenant(2)) == 1);
      assertThat(hot.answer(request(tenant(1)))).isInstanceOf(Predicted.class);
      assertThat(hot.answer(request(tenant(2)))).isEqualTo(new NotHere());
      assertThat(loading.isDone()).isFalse();
      gate.countDown();
      assertThat(loading.get(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      thread.shutdownNow();
    }
    assertThat(hot.held()).extracting(Held::tenant).containsExactlyElementsOf(firstTo(3));
  }

  @Test
  void aLoadThatIsTooSlowIsNotReportedButComesLater() {
    CountDownLatch gate = models.holdLoads(tenant(1));
    assertThat(hot.load(tenants(1, 2), FIRST, ticker.in(Duration.ZERO))).isTrue();
    assertThat(hot.held()).extracting(Held::tenant).doesNotContain(tenant(1));
    assertThat(hot.refused(tenants(1))).isEmpty();
    gate.countDown();
    Eventually.holds("it is here", () -> hot.held().size() == 2);
    assertThat(hot.unload(tenants(1), LATER)).isTrue();
    Eventually.holds("it is closed", () -> models.opened(tenant(1)).get(0).closes() == 1);
  }

  @Test
  void aLoadThatEndsAfterTheCloseLeavesNothingOpen() throws Exception {
    CountDownLatch gate = models.holdLoads(tenant(1));
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Boolean> loading = thread.submit(() -> hot.load(tenants(1), FIRST, soon()));
      Eventually.holds("the load runs", () -> models.loads(tenant(1)) == 1);
      hot.close();
      assertThat(loading.get(20, TimeUnit.SECONDS)).isTrue();
      gate.countDown();
      Eventually.holds("the load ends", () -> models.opened().size() == 1);
      models.awaitAllClosed();
    } finally {
      thread.shutdownNow();
    }
    assertThat(hot.held()).isEmpty();
  }
}
