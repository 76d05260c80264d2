package io.manymodels.holding;

import io.manymodels.loading.SharedModel;
import io.manymodels.model.ErrorCode;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.tracing.LoggedRequest;
import io.manymodels.tracing.Span;
import java.util.List;
import java.util.function.Consumer;

/**
 * A prediction that waits for a thread of its own.
 *
 * @param waited whether the request waited until the model was loaded
 * @param span of the request
 * @param since when it began to wait, as the ticker says
 */
record SlowPrediction(
    SharedModel model,
    Rows rows,
    boolean waited,
    Deadline deadline,
    Span span,
    long since,
    Consumer<PredictReply> answer) {
  private static final System.Logger LOG = System.getLogger(SlowPrediction.class.getName());

  void refuse(ErrorCode code, String why) {
    end(new Failed(code, why, List.of()));
  }

  /** Releases the model and answers; whoever runs it goes on, whatever becomes of the answer. */
  void end(PredictReply reply) {
    model.release();
    try {
      answer.accept(reply);
    } catch (RuntimeException e) {
      LoggedRequest.log(
          span, () -> LOG.log(System.Logger.Level.ERROR, "answering with " + model.ref(), e));
    }
  }
}
