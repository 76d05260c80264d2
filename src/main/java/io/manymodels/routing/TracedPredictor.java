package io.manymodels.routing;

import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.Tracing;
import java.util.function.Consumer;

/** Predicts by another one, within a span of this replica. Thread-safe. */
public final class TracedPredictor implements Predictor {
  private final Predictor predictor;
  private final Tracing tracing;
  private final ReplicaId replica;

  public TracedPredictor(Predictor predictor, Tracing tracing, ReplicaId replica) {
    this.predictor = predictor;
    this.tracing = tracing;
    this.replica = replica;
  }

  @Override
  public void predict(PredictRequest request, Consumer<PredictReply> answer) {
    if (request.span() == Span.NONE) {
      predictor.predict(request, answer);
      return;
    }
    Span span = tracing.replica(request.span());
    span.put("mms.deployment", replica.deployment());
    span.put("mms.replica", replica.name());
    span.put("mms.tenant", request.tenant().value());
    predictor.predict(
        request.within(span),
        reply -> {
          note(reply, span);
          span.end();
          answer.accept(reply);
        });
  }

  private static void note(PredictReply reply, Span span) {
    if (reply instanceof Predicted predicted) {
      span.put("mms.model_version", predicted.ref().version().number());
    } else if (reply instanceof Failed failed) {
      span.failed(failed.code().wireName());
    } else if (reply instanceof NotHere) {
      span.put("mms.not_here", 1);
    }
  }
}
