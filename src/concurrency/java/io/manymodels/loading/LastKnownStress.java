package io.manymodels.loading;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A version that a switch has replaced is not known after it, whoever learns it meanwhile. */
public final class LastKnownStress {
  private static final TenantId TENANT = new TenantId("tenant");
  private static final ArtifactDescriptor ONE = version(1);
  private static final ArtifactDescriptor TWO = version(2);

  private LastKnownStress() {}

  private static ArtifactDescriptor version(int number) {
    return new ArtifactDescriptor(
        new ModelRef(TENANT, new ModelVersion(number)),
        StressedModel.ARTIFACT.digest(),
        0,
        "onnx",
        Instant.EPOCH);
  }

  private static int number(@Nullable ArtifactDescriptor known) {
    return known == null ? 0 : (int) known.ref().version().number();
  }

  /** A replica that holds nothing of the tenant forgets it. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "learnt after the switch")
  @Outcome(id = "0", expect = ACCEPTABLE_INTERESTING, desc = "learnt before, and forgotten")
  @Outcome(id = "1", expect = FORBIDDEN, desc = "the version before is known after the switch")
  @State
  public static class Forgotten {
    private final LastKnown known = new LastKnown();
    private volatile ArtifactDescriptor live = ONE;

    @Actor
    public void change() {
      live = TWO;
      known.forget(TENANT);
    }

    @Actor
    public void learn() {
      var unused = known.learn(TENANT, () -> live);
    }

    @Arbiter
    public void look(I_Result r) {
      r.r1 = number(known.get(TENANT));
    }
  }

  /** A replica that holds a model of the tenant loads the new one, and notes that. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "the new version, whoever noted it")
  @Outcome(id = "[01]", expect = FORBIDDEN, desc = "not the version that is live")
  @State
  public static class Noted {
    private final LastKnown known = new LastKnown();
    private volatile ArtifactDescriptor live = ONE;

    @Actor
    public void change() {
      live = TWO;
      known.note(TWO);
    }

    @Actor
    public void learn() {
      var unused = known.learn(TENANT, () -> live);
    }

    @Arbiter
    public void look(I_Result r) {
      r.r1 = number(known.get(TENANT));
    }
  }
}
