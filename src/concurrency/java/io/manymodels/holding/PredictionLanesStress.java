package io.manymodels.holding;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.manymodels.loading.SharedModel;
import io.manymodels.loading.StressedModel;
import io.manymodels.measuring.Measurements;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two slow predictions of a tenant that may have one thread: the second waits for the first, or
 * runs when that is over, and whoever runs last leaves nothing behind.
 */
@JCStressTest
@Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "both are answered, and the lane is gone")
@Outcome(id = "0, .*|1, .*", expect = FORBIDDEN, desc = "a prediction was left waiting")
@Outcome(id = "3, .*|4, .*", expect = FORBIDDEN, desc = "a prediction was answered twice")
@Outcome(id = "2, 1", expect = FORBIDDEN, desc = "the lane was left behind")
@State
public class PredictionLanesStress {
  private static final PredictRequest REQUEST =
      new PredictRequest(
          StressedModel.ARTIFACT.ref().tenant(), Rows.matrix(1, 1, new double[1]), 60_000);
  private static final Deadline LATER = Deadline.after(Duration.ofDays(1), Ticker.SYSTEM);

  private final AtomicInteger answers = new AtomicInteger();
  private final SharedModel first = new SharedModel(StressedModel.ARTIFACT, new StressedModel(), 0);
  private final SharedModel second =
      new SharedModel(StressedModel.ARTIFACT, new StressedModel(), 0);
  private final PredictionLanes lanes =
      new PredictionLanes(
          Ticker.SYSTEM,
          RunJournal.NONE,
          new PredictionTimes(Measurements.unread(), "hot"),
          Runnable::run,
          Runnable::run,
          1,
          () -> {});

  @Actor
  public void one() {
    ask(first);
  }

  @Actor
  public void other() {
    ask(second);
  }

  private void ask(SharedModel model) {
    if (model.acquire()) {
      lanes.predict(model, REQUEST, false, LATER, reply -> answers.incrementAndGet());
    }
  }

  @Arbiter
  public void later(II_Result result) {
    result.r1 = answers.get();
    result.r2 = lanes.busyTenants();
  }
}
