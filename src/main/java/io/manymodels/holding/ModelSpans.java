package io.manymodels.holding;

import io.manymodels.model.ModelRef;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.tensor.Rows;
import io.manymodels.tracing.Span;

/** The spans of predictions. They tell how many rows there were, and nothing of what they hold. */
final class ModelSpans {
  private ModelSpans() {}

  /** Begins that of a prediction, as a part of a request's. */
  static Span prediction(Span asked, ModelRef ref, Rows rows) {
    if (asked == Span.NONE) {
      return asked;
    }
    Span span = asked.child("predict");
    span.put("mms.model_version", ref.version().number());
    span.put("mms.rows", rows.count());
    return span;
  }

  /** Ends it. */
  static void end(Span span, PredictReply reply) {
    if (reply instanceof Failed failed) {
      span.failed(failed.code().wireName());
    }
    span.end();
  }
}
