package io.manymodels.scoring;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Never more requests than the limits allow, and nothing is counted after the last has left. */
public final class InFlightLimitsStress {
  private static final int MANY = 9;
  private static final TenantId ONE = new TenantId("one");
  private static final TenantId OTHER = new TenantId("other");

  private InFlightLimitsStress() {}

  /** The limits, with a count of their own of the requests that are inside. */
  private static final class Counted {
    private final InFlightLimits limits = new InFlightLimits();
    private final AtomicInteger inside = new AtomicInteger();

    /** A whole request; at most one may be inside at any time. */
    private String request(TenantId tenant, int maximum, int maximumPerTenant) {
      try {
        limits.enter(tenant, maximum, maximumPerTenant);
      } catch (ServingException e) {
        return e.code().name();
      }
      String seen = inside.incrementAndGet() > 1 ? "too many" : "entered";
      for (int i = 0; i < 10; i++) {
        Thread.onSpinWait(); // Long enough for the other to meet this one.
      }
      inside.decrementAndGet();
      limits.leave(tenant);
      return seen;
    }

    /** Whether each tenant can have the only place again. */
    private String end() {
      if (limits.total() != 0) {
        return "stuck";
      }
      boolean free = request(ONE, 1, 1).equals("entered") && request(OTHER, 1, 1).equals("entered");
      return free && limits.total() == 0 ? "zero" : "stuck";
    }
  }

  @JCStressTest
  @Outcome(id = "entered, entered, zero", expect = ACCEPTABLE, desc = "one after the other")
  @Outcome(
      id = {"entered, OVERLOADED, zero", "OVERLOADED, entered, zero"},
      expect = ACCEPTABLE_INTERESTING,
      desc = "the second is refused")
  @Outcome(id = ".*too many.*", expect = FORBIDDEN, desc = "more are inside than the limit")
  @Outcome(id = "OVERLOADED, OVERLOADED, .*", expect = FORBIDDEN, desc = "both refused")
  @Outcome(id = ".*stuck", expect = FORBIDDEN, desc = "one who left or was refused still counts")
  @State
  public static class TheLimitOfAll {
    private final Counted counted = new Counted();

    @Actor
    public void one(LLL_Result result) {
      result.r1 = counted.request(ONE, 1, MANY);
    }

    @Actor
    public void other(LLL_Result result) {
      result.r2 = counted.request(OTHER, 1, MANY);
    }

    @Arbiter
    public void end(LLL_Result result) {
      result.r3 = counted.end();
    }
  }

  @JCStressTest
  @Outcome(id = "entered, entered, zero", expect = ACCEPTABLE, desc = "one after the other")
  @Outcome(
      id = {"entered, TENANT_OVER_SHARE, zero", "TENANT_OVER_SHARE, entered, zero"},
      expect = ACCEPTABLE_INTERESTING,
      desc = "the second is refused")
  @Outcome(id = ".*too many.*", expect = FORBIDDEN, desc = "more are inside than the limit")
  @Outcome(id = "TENANT_.*, TENANT_.*, .*", expect = FORBIDDEN, desc = "both refused")
  @Outcome(id = ".*stuck", expect = FORBIDDEN, desc = "one who left or was refused still counts")
  @State
  public static class TheLimitOfATenant {
    private final Counted counted = new Counted();

    @Actor
    public void one(LLL_Result result) {
      result.r1 = counted.request(ONE, MANY, 1);
    }

    @Actor
    public void other(LLL_Result result) {
      result.r2 = counted.request(ONE, MANY, 1);
    }

    @Arbiter
    public void end(LLL_Result result) {
      result.r3 = counted.end();
    }
  }

  /** A tenant that has its share already asks for more; one place is left for the other. */
  @JCStressTest
  @Outcome(id = "TENANT_OVER_SHARE, entered, zero", expect = ACCEPTABLE, desc = "as it should be")
  @Outcome(id = "OVERLOADED, entered, zero", expect = ACCEPTABLE, desc = "the other was inside")
  @Outcome(
      id = "TENANT_OVER_SHARE, OVERLOADED, zero",
      expect = ACCEPTABLE_INTERESTING,
      desc = "one who is being refused has the place for a moment; no limit is exceeded")
  @Outcome(id = "entered, .*", expect = FORBIDDEN, desc = "a tenant has more than its share")
  @Outcome(id = ".*too many.*", expect = FORBIDDEN, desc = "more are inside than the limit")
  @Outcome(id = "OVERLOADED, OVERLOADED, .*", expect = FORBIDDEN, desc = "both refused")
  @Outcome(id = ".*stuck", expect = FORBIDDEN, desc = "one who left or was refused still counts")
  @State
  public static class OneOverItsShareAndAnother {
    private final Counted counted = new Counted();

    public OneOverItsShareAndAnother() {
      counted.limits.enter(ONE, 2, 1);
    }

    @Actor
    public void one(LLL_Result result) {
      result.r1 = counted.request(ONE, 2, 1);
    }

    @Actor
    public void other(LLL_Result result) {
      result.r2 = counted.request(OTHER, 2, 1);
    }

    @Arbiter
    public void end(LLL_Result result) {
      counted.limits.leave(ONE);
      result.r3 = counted.end();
    }
  }
}
