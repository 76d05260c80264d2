package io.manymodels.holding;

import io.manymodels.loading.SharedModel;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.tracing.LoggedRequest;
import io.manymodels.tracing.Span;
import java.util.List;

/** The one place where a model is asked. Stateless. */
final class Predictions {
  private static final System.Logger LOG = System.getLogger(Predictions.class.getName());

  private Predictions() {}

  /**
   * As {@link #predict}, but everything that goes wrong is a reply.
   *
   * @param asked the span of which the prediction is a part
   */
  static PredictReply reply(
      SharedModel shared, Rows rows, boolean waited, Deadline deadline, Span asked) {
    Span span = ModelSpans.prediction(asked, shared.ref(), rows);
    PredictReply reply =
        LoggedRequest.about(span, () -> replyOrFailure(shared, rows, waited, deadline));
    ModelSpans.end(span, reply);
    return reply;
  }

  private static PredictReply replyOrFailure(
      SharedModel shared, Rows rows, boolean waited, Deadline deadline) {
    try {
      return predict(shared, rows, waited, deadline);
    } catch (ServingException e) {
      return Failed.of(e);
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "predicting with " + shared.ref(), e);
      return new Failed(ErrorCode.INTERNAL, "the prediction failed", List.of());
    }
  }

  /**
   * Predicts with a model that the caller has acquired.
   *
   * @param waited whether the request waited until the model was loaded
   * @param deadline at which a model that can be stopped gives up: {@code DEADLINE_EXCEEDED}
   */
  static Predicted predict(SharedModel shared, Rows rows, boolean waited, Deadline deadline) {
    return new Predicted(shared.ref(), answer(shared, rows, deadline), waited, shared.cost());
  }

  /**
   * A loader of the user's own may throw anything; it is that tenant's failure and no defect of
   * ours.
   */
  private static Prediction answer(SharedModel shared, Rows rows, Deadline deadline) {
    try {
      return shared.model().predict(rows, deadline);
    } catch (ServingException e) {
      throw e;
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      LOG.log(System.Logger.Level.WARNING, "model " + shared.ref() + " failed", e);
      throw new ServingException(
          ErrorCode.LOAD_FAILED, "model " + shared.ref() + " failed while it predicted", e);
    }
  }
}
