package io.manymodels.transport;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A call that two threads answer at once: one answer is passed on, and the call counts once. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "answered once, and no longer under way")
@Outcome(id = "2, .*", expect = FORBIDDEN, desc = "answered twice")
@Outcome(id = "0, .*", expect = FORBIDDEN, desc = "not answered")
@Outcome(id = "1, .*", expect = FORBIDDEN, desc = "the count of calls is wrong")
@State
public class PredictCallsStress {
  private static final PredictRequest REQUEST =
      new PredictRequest(new TenantId("tenant1"), Rows.matrix(1, 1, new double[1]), 1_000);
  private static final PredictReply REPLY = new Failed(ErrorCode.INTERNAL, "", List.of());

  private final AtomicInteger answers = new AtomicInteger();
  private final PredictCalls calls = new PredictCalls((request, answer) -> answering = answer);
  private @Nullable Consumer<PredictReply> answering;

  public PredictCallsStress() {
    calls.predict(REQUEST, reply -> answers.incrementAndGet());
  }

  @Actor
  public void one() {
    answering.accept(REPLY);
  }

  @Actor
  public void other() {
    answering.accept(REPLY);
  }

  @Arbiter
  public void later(II_Result result) {
    result.r1 = answers.get();
    result.r2 = calls.underWay();
  }
}
