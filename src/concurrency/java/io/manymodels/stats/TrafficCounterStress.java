package io.manymodels.stats;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A request that is counted while a report is made is in this report or the next, once. */
@JCStressTest
@Outcome(id = "2", expect = ACCEPTABLE, desc = "both requests are reported")
@Outcome(id = "0|1", expect = FORBIDDEN, desc = "a request was lost")
@Outcome(id = "3|4", expect = FORBIDDEN, desc = "a request was reported twice")
@State
public class TrafficCounterStress {
  private static final ModelRef MODEL = new ModelRef(new TenantId("a"), new ModelVersion(1));
  private static final ModelCost COST = new ModelCost(1, 1);

  private final TrafficCounter counter = new TrafficCounter(10);
  private int reported;

  public TrafficCounterStress() {
    counter.record(MODEL, Served.HIT, COST);
  }

  @Actor
  public void count() {
    counter.record(MODEL, Served.LOAD, COST);
  }

  @Actor
  public void report() {
    reported += sum();
  }

  @Arbiter
  public void later(I_Result result) {
    counter.record(new ModelRef(new TenantId("b"), new ModelVersion(1)), Served.HIT, COST);
    result.r1 = reported + sum() + sum() - 1;
  }

  private int sum() {
    return counter.drain().stream().mapToInt(TenantTraffic::requests).sum();
  }
}
