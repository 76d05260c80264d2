package io.manymodels.holding;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.request;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.OverflowConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Values;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OverflowModelsTest {
  private static final int MIB = 1 << 20;

  private final FakeTicker ticker = new FakeTicker();
  private final FakeModels models = new FakeModels().with(firstTo(30));
  private OverflowModels overflow = overflow(1_000, 128);

  private OverflowModels overflow(int capacity, int capacityMib) {
    return new OverflowModels(
        models.source(), new OverflowConfig(capacity, capacityMib, 2, 100), ticker);
  }

  @AfterEach
  void close() {
    overflow.close();
    models.awaitAllClosed();
    assertThat(models.misuses()).isEmpty();
  }

  private Predicted predict(TenantId tenant) {
    PredictReply reply = overflow.answer(request(tenant));
    assertThat(reply).isInstanceOf(Predicted.class);
    assertThat(((Predicted) reply).ref().tenant()).isEqualTo(tenant);
    return (Predicted) reply;
  }

  /** The thread that loaded a model may be the last to let it go. */
  private void awaitOpen(int count) {
    Eventually.holds(count + " models are open", () -> models.open().size() == count);
  }

  @Test
  void loadsOnceAndAnswersFromMemoryThen() {
    assertThat(Values.of(predict(tenant(1)).prediction())).containsExactly(1L);
    assertThat(predict(tenant(1)).ref().version().number()).isOne();
    assertThat(models.loads(tenant(1))).isOne();
    assertThat(overflow.size()).isOne();
    assertThat(overflow.weightBytes()).isEqualTo(1_000);
  }

  @Test
  void whatFailsIsSaidInTheReply() {
    models.breakModel(tenant(2), new ServingException(ErrorCode.ARTIFACT_CORRUPT, "damaged"));
    assertThat(overflow.answer(request(tenant(99))))
        .isEqualTo(
            new Failed(ErrorCode.MODEL_NOT_FOUND, "tenant 'tenant99' has no model", List.of()));
    assertThat(overflow.answer(request(tenant(2))))
        .isEqualTo(new Failed(ErrorCode.ARTIFACT_CORRUPT, "damaged", List.of()));
    assertThat(
            overflow.answer(
                new PredictRequest(tenant(1), Rows.matrix(1, 3, new double[3]), 60_000)))
        .isEqualTo(
            new Failed(
                ErrorCode.INPUT_MISMATCH,
                "the model does not take these rows: /data/0: expected 4 numbers, got 3",
                List.of(new Violation("/data/0", "expected 4 numbers, got 3"))));
  }

  @Test
  void aRequestWaitsForALoadUntilItsDeadlineOnly() {
    CountDownLatch gate = models.holdLoads(tenant(1));
    PredictRequest impatient = new PredictRequest(tenant(1), request(tenant(1)).rows(), 0);
    PredictReply reply = overflow.answer(impatient);
    assertThat(((Failed) reply).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(predict(tenant(2)).ref().tenant()).isEqualTo(tenant(2));
    gate.countDown();
    assertThat(predict(tenant(1)).ref().tenant()).isEqualTo(tenant(1));
    assertThat(models.loads(tenant(1))).as("the load of the one who left went on").isOne();
  }

  @Test
  void theNumberOfModelsIsBounded() {
    overflow = overflow(3, 128);
    for (TenantId tenant : firstTo(20)) {
      assertThat(Values.of(predict(tenant).prediction())).hasSize(1);
      assertThat(overflow.size()).isLessThanOrEqualTo(3);
      awaitOpen(overflow.size());
    }
    assertThat(overflow.size()).isEqualTo(3);
  }

  @Test
  void theWeightOfModelsIsBounded() {
    overflow = overflow(1_000, 1);
    for (TenantId tenant : firstTo(20)) {
      models.weigh(tenant, 300 << 10);
      assertThat(Values.of(predict(tenant).prediction())).hasSize(1);
      assertThat(overflow.weightBytes()).isLessThanOrEqualTo(MIB);
    }
    assertThat(overflow.size()).isEqualTo(3);
  }

  @Test
  void aModelHeavierThanTheCacheIsServedAndNotKept() {
    overflow = overflow(10, 1);
    models.weigh(tenant(1), 5L * MIB);
    models.weigh(tenant(2), Long.MAX_VALUE);
    for (TenantId tenant : firstTo(2)) {
      assertThat(Values.of(predict(tenant).prediction())).hasSize(1);
      assertThat(overflow.size()).isZero();
    }
    models.awaitAllClosed();
  }

  @Test
  void aSmallerCapacityEvictsAtOnceAndALargerOneTakesMore() {
    overflow = overflow(10, 128);
    firstTo(10).forEach(this::predict);
    assertThat(overflow.size()).isEqualTo(10);
    OverflowConfig smaller = new OverflowConfig(4, 128, 1, 100);
    overflow.reconfigure(smaller);
    assertThat(overflow.size()).isEqualTo(4);
    awaitOpen(4);
    assertThat(overflow.config()).isEqualTo(smaller);
    firstTo(10).forEach(tenant -> models.weigh(tenant, 500 << 10));
    overflow.reconfigure(new OverflowConfig(20, 128, 3, 100));
    firstTo(20).forEach(this::predict);
    assertThat(overflow.size()).isEqualTo(20);
    overflow.reconfigure(new OverflowConfig(20, 1, 3, 100));
    assertThat(overflow.weightBytes()).isLessThanOrEqualTo(MIB);
    awaitOpen(overflow.size());
  }

  @Test
  void aModelInUseOutlivesItsEviction() throws Exception {
    overflow = overflow(1, 128);
    assertThat(Values.of(predict(tenant(1)).prediction())).hasSize(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch begun = models.opened(tenant(1)).get(0).holdPredictions(release);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<PredictReply> running = thread.submit(() -> overflow.answer(request(tenant(1))));
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      overflow.close();
      assertThat(overflow.size()).isZero();
      assertThat(models.open()).hasSize(1);
      release.countDown();
      assertThat(running.get(20, TimeUnit.SECONDS)).isInstanceOf(Predicted.class);
      models.awaitAllClosed();
    } finally {
      thread.shutdownNow();
    }
  }

  /** Serve stops a replica whatever it is doing. */
  @Test
  void aLoadThatEndsAfterTheCloseLeavesNothingOpen() throws Exception {
    CountDownLatch gate = models.holdLoads(tenant(1));
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<PredictReply> waiting = thread.submit(() -> overflow.answer(request(tenant(1))));
      Eventually.holds("the load runs", () -> models.loads(tenant(1)) == 1);
      overflow.close();
      assertThat(((Failed) waiting.get(20, TimeUnit.SECONDS)).code())
          .isEqualTo(ErrorCode.NO_REPLICA);
      gate.countDown();
      Eventually.holds("the load ends", () -> models.opened().size() == 1);
      models.awaitAllClosed();
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void manyThreadsAndFewPlacesCloseEveryModelOnce() throws Exception {
    overflow = overflow(2, 128);
    int threadCount = 4;
    ExecutorService threads = Executors.newFixedThreadPool(threadCount);
    try {
      List<Future<Integer>> ends = new ArrayList<>();
      for (int i = 0; i < threadCount; i++) {
        Random random = new Random(i);
        ends.add(
            threads.submit(
                () -> {
                  int answered = 0;
                  for (int n = 0; n < 1_500; n++) {
                    answered +=
                        Values.of(predict(tenant(1 + random.nextInt(5))).prediction()).size();
                  }
                  return answered;
                }));
      }
      for (Future<Integer> end : ends) {
        assertThat(end.get(30, TimeUnit.SECONDS)).isEqualTo(1_500);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(overflow.size()).isLessThanOrEqualTo(2);
    assertThat(models.opened()).as("something was evicted").hasSizeGreaterThan(10);
  }

  private int warmUp(TenantId... tenants) {
    return overflow.warmUp(List.of(tenants), Deadline.after(Duration.ofSeconds(1), ticker));
  }

  @Test
  void whatIsWarmedUpAnswersTheFirstRequestWithoutAnotherLoad() {
    assertThat(warmUp(tenant(1), tenant(2))).isEqualTo(2);
    assertThat(overflow.size()).as("nobody has asked").isZero();
    Predicted first = predict(tenant(1));
    assertThat(first.waited()).isTrue();
    assertThat(overflow.size()).isOne();
    assertThat(models.opened(tenant(1))).hasSize(1);
    overflow.close();
    assertThat(models.opened(tenant(2)).get(0).closes()).as("never asked for").isOne();
  }

  /** A replica that starts is not told of new versions before Serve names it. */
  @Test
  void aVersionThatWentLiveAfterTheWarmUpIsLoaded() {
    assertThat(warmUp(tenant(1))).isOne();
    models.publish(tenant(1), 2);
    assertThat(predict(tenant(1)).ref().version().number()).isEqualTo(2);
    assertThat(models.opened(tenant(1))).hasSize(2);
  }

  /** The version may have been switched unnoticed. */
  @Test
  void whatIsWarmedUpDoesNotAnswerWhileTheRegistryIsAway() {
    assertThat(warmUp(tenant(1))).isOne();
    models.registryAway(true);
    assertThat(((Failed) overflow.answer(request(tenant(1)))).code())
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }

  @Test
  void warmUpLeavesOutWhatFails() {
    models.breakModel(tenant(2), new ServingException(ErrorCode.LOAD_FAILED, "damaged"));
    models.breakModel(tenant(3), new IllegalStateException("a loader of the user's"));
    assertThat(warmUp(tenant(99), tenant(2), tenant(3), tenant(4))).isOne();
    models.repair(tenant(2));
    assertThat(predict(tenant(2)).ref().tenant()).as("not remembered").isEqualTo(tenant(2));
  }

  @Test
  void warmUpTakesAQuarterOfTheCapacities() {
    overflow = overflow(8, 128);
    assertThat(warmUp(firstTo(20).toArray(TenantId[]::new))).isEqualTo(2);
    overflow.close();
    overflow = overflow(1_000, 1);
    firstTo(20).forEach(tenant -> models.weigh(tenant, MIB / 8));
    assertThat(warmUp(firstTo(20).toArray(TenantId[]::new))).isEqualTo(2);
  }

  @Test
  void warmUpEndsWhereThereIsNoMemory() {
    models.breakModel(tenant(1), new ServingException(ErrorCode.OVERLOADED, "no memory"));
    assertThat(warmUp(tenant(1), tenant(2))).isZero();
    assertThat(models.opened()).isEmpty();
  }

  @Test
  void warmUpGoesOnAfterWhatIsTooHeavy() {
    models.weigh(tenant(1), 33L * MIB);
    assertThat(warmUp(tenant(1), tenant(2))).isOne();
    assertThat(models.opened(tenant(1)).get(0).closes()).isOne();
  }

  @Test
  void whatNobodyAsksForIsUnloaded() {
    assertThat(warmUp(tenant(1))).isOne();
    overflow.endWarmUp();
    models.awaitAllClosed();
  }

  @Test
  void warmUpEndsAtItsDeadline() {
    Deadline passed = Deadline.after(Duration.ZERO, ticker);
    assertThat(overflow.warmUp(firstTo(20), passed)).isZero();
  }
}
