package io.manymodels.transport;

import io.manymodels.model.ErrorCode;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.Predictor;
import io.manymodels.tracing.LoggedRequest;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Bounds the calls under way in a replica, whoever makes them. Thread-safe. */
public final class PredictCalls {
  /** As many as wait for models that are being loaded, at most. */
  private static final int MAX_CALLS = 4_096;

  private static final System.Logger LOG = System.getLogger(PredictCalls.class.getName());

  private final Predictor predictor;
  private final AtomicInteger underWay = new AtomicInteger();
  private final LongAdder begun = new LongAdder();

  public PredictCalls(Predictor predictor) {
    this.predictor = predictor;
  }

  /** Has the answer given once, whatever happens. */
  public void predict(PredictRequest request, Consumer<PredictReply> answer) {
    begun.increment();
    if (underWay.incrementAndGet() > MAX_CALLS) {
      underWay.decrementAndGet();
      answer.accept(
          new Failed(ErrorCode.OVERLOADED, "the replica has too many calls under way", List.of()));
      return;
    }
    Counted counted = new Counted(answer);
    try {
      predictor.predict(request, counted);
    } catch (RuntimeException | Error e) {
      LoggedRequest.log(
          request.span(),
          () -> LOG.log(System.Logger.Level.ERROR, "predicting for tenant " + request.tenant(), e));
      counted.accept(new Failed(ErrorCode.INTERNAL, "a replica failed", List.of()));
    }
  }

  /** Calls that have come so far. */
  long begun() {
    return begun.sum();
  }

  /** Calls that wait for their answer. */
  int underWay() {
    return underWay.get();
  }

  /** Passes the first answer on and drops others: a predictor may fail after it has answered. */
  private final class Counted extends AtomicBoolean implements Consumer<PredictReply> {
    private static final long serialVersionUID = 1L;
    private final transient Consumer<PredictReply> answer;

    private Counted(Consumer<PredictReply> answer) {
      this.answer = answer;
    }

    @Override
    public void accept(PredictReply reply) {
      if (compareAndSet(false, true)) {
        underWay.decrementAndGet();
        answer.accept(reply);
      }
    }
  }
}
