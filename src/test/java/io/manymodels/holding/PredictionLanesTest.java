package io.manymodels.holding;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.loading.SharedModel;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeModel;
import io.manymodels.testing.FakeTicker;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.ProcessorTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PredictionLanesTest {
  private static final PredictionTimes TIMES = new PredictionTimes(Measurements.unread(), "hot");
  private static final Rows ROW = Rows.matrix(1, 4, new double[4]);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final FakeTicker ticker = new FakeTicker();
  private final PredictionLanes lanes = new PredictionLanes(ticker, RunJournal.NONE, TIMES);
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<PredictReply> replies = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() {
    release.countDown();
    lanes.close();
  }

  @Test
  void aPredictionIsWrittenDownFromBeforeTheModelIsAskedUntilItHasAnswered() {
    List<String> noted = new CopyOnWriteArrayList<>();
    RunJournal journal =
        new RunJournal() {
          @Override
          public int begin(ModelRef ref, Rows rows) {
            noted.add("begin " + ref);
            return 7;
          }

          @Override
          public void end(int entry) {
            noted.add("end " + entry);
          }
        };
    FakeModel model = model(1);
    model.duringPredictions(() -> noted.add("predict"));
    SharedModel quick = shared(model);
    quick.pace().took(ROW, 10);
    assertThat(quick.acquire()).isTrue();
    try (PredictionLanes written = new PredictionLanes(ticker, journal, TIMES)) {
      written.predict(quick, request(), false, ticker.in(LONG), reply -> noted.add("answer"));
    }
    assertThat(noted).containsExactly("begin " + model.ref(), "predict", "end 7", "answer");
  }

  private static FakeModel model(int tenant) {
    return new FakeModel(new ModelRef(tenant(tenant), new ModelVersion(3)), 4, 1);
  }

  private static SharedModel shared(FakeModel model) {
    return new SharedModel(Artifacts.describe(model.ref(), new byte[0]), model, 0);
  }

  private void ask(SharedModel model, Duration wait) {
    assertThat(model.acquire()).isTrue();
    lanes.predict(model, request(), false, ticker.in(wait), replies::add);
  }

  private static PredictRequest request() {
    return new PredictRequest(tenant(1), ROW, LONG.toMillis());
  }

  private long failed(ErrorCode code) {
    return replies.stream().filter(r -> r instanceof Failed f && f.code() == code).count();
  }

  @Test
  void aQuickModelPredictsOnTheThreadThatAsks() {
    SharedModel quick = shared(model(1));
    quick.pace().took(ROW, 10);
    ask(quick, LONG);
    assertThat(replies).singleElement().isInstanceOf(Predicted.class);
  }

  @Test
  void aModelIsTriedOnAnotherThreadFirst() {
    SharedModel unknown = shared(model(1));
    ask(unknown, LONG);
    Eventually.holds("it is answered", () -> replies.size() == 1);
    assertThat(unknown.pace().quick(ROW)).isTrue();
  }

  @Test
  void aModelThatTookLongIsTriedOnAnotherThreadAgain() {
    FakeModel model = model(1);
    model.duringPredictions(() -> ticker.advance(Duration.ofMillis(200)));
    SharedModel slow = shared(model);
    ask(slow, LONG);
    Eventually.holds("it is answered", () -> replies.size() == 1);
    assertThat(slow.pace().quick(ROW)).isFalse();
  }

  @Test
  void aSlowModelKeepsNobodyElseWaitingAndItsModelOpen() throws Exception {
    FakeModel slow = model(1);
    CountDownLatch begun = slow.holdPredictions(release);
    SharedModel shared = shared(slow);
    for (int i = 0; i < 100; i++) {
      ask(shared, LONG);
    }
    begun.await();
    SharedModel other = shared(model(2));
    ask(other, LONG);
    Eventually.holds("the other is answered", () -> replies.size() == 1);
    shared.release();
    assertThat(slow.closes()).isZero();
    release.countDown();
    Eventually.holds("all are answered", () -> replies.size() == 101);
    assertThat(replies).allMatch(Predicted.class::isInstance);
    Eventually.holds("it is closed", () -> slow.closes() == 1);
    assertThat(slow.misuses()).isEmpty();
  }

  @Test
  void aSlowTenantWithMuchToDoTakesTurnsWithOthers() {
    List<String> order = new CopyOnWriteArrayList<>();
    FakeModel slow = model(1);
    CountDownLatch begun = slow.holdPredictions(release);
    SharedModel busy = shared(slow);
    SharedModel other = shared(model(2));
    try (BoundedPool one = BoundedPool.of("one", 1, 10);
        PredictionLanes narrow =
            new PredictionLanes(ticker, RunJournal.NONE, TIMES, one, one, 1, one::shutdown)) {
      for (int i = 0; i < 3; i++) {
        assertThat(busy.acquire()).isTrue();
        narrow.predict(busy, request(), false, ticker.in(LONG), reply -> order.add("busy"));
      }
      Eventually.holds("the first one runs", () -> begun.getCount() == 0);
      assertThat(other.acquire()).isTrue();
      narrow.predict(other, request(), false, ticker.in(LONG), reply -> order.add("other"));
      release.countDown();
      Eventually.holds("all are answered", () -> order.size() == 4);
      assertThat(order).containsExactly("busy", "other", "busy", "busy");
    }
  }

  @Test
  void onlyWhatComputesLongGivesWay() {
    List<String> lanes = new CopyOnWriteArrayList<>();
    FakeModel computing = model(1);
    computing.duringPredictions(
        () -> {
          lanes.add("computing in " + Thread.currentThread().getName());
          long end = ProcessorTime.ofThisThread() + Duration.ofMillis(5).toNanos();
          while (ProcessorTime.ofThisThread() < end) {
            Thread.onSpinWait();
          }
        });
    FakeModel waiting = model(2);
    waiting.duringPredictions(
        () -> {
          lanes.add("waiting in " + Thread.currentThread().getName());
          ticker.advance(Duration.ofSeconds(1));
        });
    try (BoundedPool slow = BoundedPool.of("slow", 1, 10);
        BoundedPool heavy = BoundedPool.giveWay("heavy", 1, 10);
        PredictionLanes both =
            new PredictionLanes(ticker, RunJournal.NONE, TIMES, slow, heavy, 1, () -> {})) {
      SharedModel first = shared(computing);
      SharedModel second = shared(waiting);
      for (SharedModel shared : List.of(first, first, second, second)) {
        assertThat(shared.acquire()).isTrue();
        both.predict(shared, request(), false, ticker.in(LONG), replies::add);
      }
      Eventually.holds("all are answered", () -> replies.size() == 4);
    }
    assertThat(lanes)
        .filteredOn(lane -> lane.startsWith("waiting"))
        .allMatch(lane -> lane.contains("slow"));
    assertThat(lanes)
        .filteredOn(lane -> lane.startsWith("computing"))
        .containsExactly("computing in slow-0", "computing in heavy-0");
  }

  @Test
  void anAnswerThatCannotBeGivenLeavesNothingBehind() {
    SharedModel late = shared(model(1));
    assertThat(late.acquire()).isTrue();
    lanes.predict(
        late,
        request(),
        false,
        ticker.in(Duration.ZERO),
        reply -> {
          throw new IllegalStateException("the caller is gone");
        });
    Eventually.holds("the tenant has no thread any more", () -> lanes.busyTenants() == 0);
  }

  @Test
  void aRequestThatRefusesTheVersionIsNotPredictedFor() {
    FakeModel crashing = model(1);
    SharedModel model = shared(crashing);
    assertThat(model.acquire()).isTrue();
    Optional<ModelVersion> refused = Optional.of(crashing.ref().version());
    PredictRequest request = new PredictRequest(tenant(1), ROW, LONG.toMillis(), refused);
    lanes.predict(model, request, false, ticker.in(LONG), replies::add);
    assertThat(failed(ErrorCode.MODEL_CRASHED)).isOne();
    model.release();
    assertThat(crashing.closes()).isOne();
  }

  @Test
  void whoWaitedTooLongIsNotPredictedFor() {
    FakeModel slow = model(1);
    slow.holdPredictions(release);
    SharedModel shared = shared(slow);
    for (int i = 0; i < 8; i++) {
      ask(shared, LONG);
    }
    for (int i = 0; i < 20; i++) {
      ask(shared, Duration.ZERO);
    }
    assertThat(replies).isEmpty();
    release.countDown();
    Eventually.holds("all are answered", () -> replies.size() == 28);
    assertThat(failed(ErrorCode.DEADLINE_EXCEEDED)).isEqualTo(20);
  }

  @Test
  void theQueueOfATenantIsBounded() {
    FakeModel slow = model(1);
    slow.holdPredictions(release);
    SharedModel shared = shared(slow);
    for (int i = 0; i < 8 + 1_024 + 5; i++) {
      ask(shared, LONG);
    }
    assertThat(replies).hasSize(5);
    assertThat(failed(ErrorCode.TENANT_OVER_SHARE)).isEqualTo(5);
    release.countDown();
    Eventually.holds("all are answered", () -> replies.size() == 8 + 1_024 + 5);
  }

  @Test
  void rowsOfAnotherWidthAreRefused() {
    SharedModel narrow = shared(new FakeModel(new ModelRef(tenant(1), new ModelVersion(3)), 5, 1));
    ask(narrow, LONG);
    Eventually.holds("it is answered", () -> failed(ErrorCode.INPUT_MISMATCH) == 1);
  }
}
