package io.manymodels.loading;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.LLI_Result;

/** A model closes exactly once, after its last use. The last number is how often it was closed. */
public final class SharedModelStress {
  private SharedModelStress() {}

  @JCStressTest
  @Outcome(id = "used, 1", expect = ACCEPTABLE, desc = "acquired in time, closed by the last")
  @Outcome(id = "refused, 1", expect = ACCEPTABLE_INTERESTING, desc = "too late, told so")
  @Outcome(id = "closed, .*", expect = FORBIDDEN, desc = "a model was used after its close")
  @Outcome(id = ".*, 0", expect = FORBIDDEN, desc = "nobody closed the model: its memory is lost")
  @Outcome(id = ".*, [^01]", expect = FORBIDDEN, desc = "a model was closed twice")
  @State
  public static class AcquireWhileTheOwnerReleases {
    private final StressedModel model = new StressedModel();
    private final SharedModel shared = new SharedModel(StressedModel.ARTIFACT, model, 0);

    @Actor
    public void user(LI_Result result) {
      result.r1 = acquireAndUse(shared, model);
    }

    @Actor
    public void owner() {
      shared.release();
    }

    @Arbiter
    public void end(LI_Result result) {
      result.r2 = model.closes();
    }
  }

  @JCStressTest
  @Outcome(id = "used, used, 1", expect = ACCEPTABLE, desc = "whoever was last closed the model")
  @Outcome(id = ".*closed.*", expect = FORBIDDEN, desc = "a model was used after its close")
  @Outcome(id = ".*, 0", expect = FORBIDDEN, desc = "nobody closed the model: its memory is lost")
  @Outcome(id = ".*, [^01]", expect = FORBIDDEN, desc = "a model was closed twice")
  @State
  public static class TheLastTwoRelease {
    private final StressedModel model = new StressedModel();
    private final SharedModel shared = new SharedModel(StressedModel.ARTIFACT, model, 0);

    public TheLastTwoRelease() {
      shared.acquire();
    }

    @Actor
    public void user(LLI_Result result) {
      result.r1 = model.use();
      shared.release();
    }

    @Actor
    public void owner(LLI_Result result) {
      result.r2 = model.use();
      shared.release();
    }

    @Arbiter
    public void end(LLI_Result result) {
      result.r3 = model.closes();
    }
  }

  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "open until its owner let go")
  @Outcome(id = "[^0], .*", expect = FORBIDDEN, desc = "closed while its owner held it")
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "a reference too many: its memory is lost")
  @Outcome(id = "0, [^01]", expect = FORBIDDEN, desc = "a model was closed twice")
  @State
  public static class TwoUsersOfOneOwner {
    private final StressedModel model = new StressedModel();
    private final SharedModel shared = new SharedModel(StressedModel.ARTIFACT, model, 0);

    @Actor
    public void one() {
      acquireAndUse(shared, model);
    }

    @Actor
    public void other() {
      acquireAndUse(shared, model);
    }

    @Arbiter
    public void end(II_Result result) {
      result.r1 = model.closes();
      if (result.r1 == 0) {
        shared.release();
      }
      result.r2 = model.closes();
    }
  }

  private static String acquireAndUse(SharedModel shared, StressedModel model) {
    if (!shared.acquire()) {
      return "refused";
    }
    String seen = model.use();
    shared.release();
    return seen;
  }
}
