package io.manymodels.loading;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/**
 * Every waiter is handed an open model or a failure, and no reference is lost or given back twice,
 * although the model is evicted at once. The last number is how often the model was closed.
 */
public final class ModelLoadStress {
  private static final Deadline FAR = Deadline.after(Duration.ofMinutes(1), Ticker.SYSTEM);
  private static final Deadline PASSED = Deadline.after(Duration.ZERO, Ticker.SYSTEM);

  private ModelLoadStress() {}

  /** A load and its model, as {@code ModelLoads} treats them. */
  private static final class Loading {
    private final ModelLoad load = new ModelLoad();
    private final StressedModel model = new StressedModel();
    private final SharedModel shared = new SharedModel(StressedModel.ARTIFACT, model, 0);

    /** The load succeeds and its model is evicted before anybody can use it. */
    private void succeedAndEvict() {
      shared.acquire();
      load.succeed(shared);
      shared.release();
      shared.release();
    }

    private String await(Deadline deadline) {
      try {
        SharedModel given = load.await(deadline);
        String seen = model.use();
        given.release();
        return seen;
      } catch (ServingException e) {
        return e.code().name();
      }
    }
  }

  @JCStressTest
  @Outcome(id = "used, 1", expect = ACCEPTABLE, desc = "joined in time, and given the model")
  @Outcome(id = "missed, 1", expect = ACCEPTABLE_INTERESTING, desc = "too late, told so")
  @Outcome(id = "closed, .*", expect = FORBIDDEN, desc = "evicted under a waiter's hands")
  @Outcome(id = ".*, 0", expect = FORBIDDEN, desc = "a reference was leaked")
  @Outcome(id = ".*, [^01]", expect = FORBIDDEN, desc = "a reference was released twice")
  @State
  public static class JoinAsTheLoadSucceeds {
    private final Loading loading = new Loading();

    @Actor
    public void waiter(LI_Result result) {
      result.r1 = loading.load.join() ? loading.await(FAR) : "missed";
    }

    @Actor
    public void loader() {
      loading.succeedAndEvict();
    }

    @Arbiter
    public void end(LI_Result result) {
      result.r2 = loading.model.closes();
    }
  }

  @JCStressTest
  @Outcome(id = "used, 1", expect = ACCEPTABLE, desc = "given the model at the deadline")
  @Outcome(
      id = "DEADLINE_EXCEEDED, 1",
      expect = ACCEPTABLE_INTERESTING,
      desc = "gave up; what it was handed meanwhile was given back")
  @Outcome(id = "closed, .*", expect = FORBIDDEN, desc = "evicted under a waiter's hands")
  @Outcome(id = ".*, 0", expect = FORBIDDEN, desc = "the reference of one who gave up was leaked")
  @Outcome(id = ".*, [^01]", expect = FORBIDDEN, desc = "a reference was released twice")
  @State
  public static class DeadlineAsTheLoadSucceeds {
    private final Loading loading = new Loading();

    public DeadlineAsTheLoadSucceeds() {
      loading.load.join();
    }

    @Actor
    public void waiter(LI_Result result) {
      result.r1 = loading.await(PASSED);
    }

    @Actor
    public void loader() {
      loading.succeedAndEvict();
    }

    @Arbiter
    public void end(LI_Result result) {
      result.r2 = loading.model.closes();
    }
  }

  @JCStressTest
  @Outcome(id = "used, 1", expect = ACCEPTABLE, desc = "the load ended first")
  @Outcome(id = "NO_REPLICA, 1", expect = ACCEPTABLE, desc = "the shutdown came first")
  @Outcome(id = "closed, .*", expect = FORBIDDEN, desc = "evicted under a waiter's hands")
  @Outcome(id = "DEADLINE_EXCEEDED, .*", expect = FORBIDDEN, desc = "a waiter is left waiting")
  @Outcome(id = ".*, 0", expect = FORBIDDEN, desc = "a reference was leaked")
  @Outcome(id = ".*, [^01]", expect = FORBIDDEN, desc = "a reference was released twice")
  @State
  public static class SuccessAsTheReplicaShutsDown {
    private final Loading loading = new Loading();

    public SuccessAsTheReplicaShutsDown() {
      loading.load.join();
    }

    @Actor
    public void loader() {
      loading.succeedAndEvict();
    }

    @Actor
    public void shutdown() {
      loading.load.fail(new ServingException(ErrorCode.NO_REPLICA, "the replica is closing"));
    }

    @Arbiter
    public void end(LI_Result result) {
      result.r1 = loading.await(PASSED);
      result.r2 = loading.model.closes();
    }
  }

  @JCStressTest
  @Outcome(
      id = {"starts, waits, used used, 1", "waits, starts, used used, 1"},
      expect = ACCEPTABLE,
      desc = "one of them loads for both")
  @Outcome(id = "starts, starts, .*", expect = FORBIDDEN, desc = "the model is loaded twice")
  @Outcome(id = "waits, waits, .*", expect = FORBIDDEN, desc = "nobody loads the model")
  @Outcome(id = ".*closed.*", expect = FORBIDDEN, desc = "evicted under a waiter's hands")
  @Outcome(id = ".*, 0", expect = FORBIDDEN, desc = "a reference was leaked")
  @Outcome(id = ".*, [^01]", expect = FORBIDDEN, desc = "a reference was released twice")
  @State
  public static class TwoJoin {
    private final Loading loading = new Loading();

    @Actor
    public void one(LLLL_Result result) {
      result.r1 = joinAndStart();
    }

    @Actor
    public void other(LLLL_Result result) {
      result.r2 = joinAndStart();
    }

    @Arbiter
    public void end(LLLL_Result result) {
      loading.succeedAndEvict();
      // A release too many throws, so nobody awaits a model that was closed too early.
      String first = loading.model.closes() == 0 ? loading.await(PASSED) : "closed";
      String second = loading.model.closes() == 0 ? loading.await(PASSED) : "closed";
      result.r3 = first + " " + second;
      result.r4 = loading.model.closes();
    }

    private String joinAndStart() {
      loading.load.join();
      return loading.load.start() ? "starts" : "waits";
    }
  }
}
