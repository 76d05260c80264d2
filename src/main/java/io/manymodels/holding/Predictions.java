package io.manymodels.holding;

import io.manymodels.inference.FeatureRows;
import io.manymodels.inference.FiniteNumbers;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.Prediction;
import io.manymodels.loading.SharedModel;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.time.Deadline;
import java.util.List;

/** The one place where a model is asked. Stateless. */
final class Predictions {
  private static final System.Logger LOG = System.getLogger(Predictions.class.getName());

  private Predictions() {}

  /**
   * Predicts with a model that the caller has acquired.
   *
   * @param waited whether the request waited until the model was loaded
   * @param deadline at which a model that can be stopped gives up: {@code DEADLINE_EXCEEDED}
   */
  static Predicted predict(
      SharedModel shared, FeatureRows rows, boolean waited, Deadline deadline) {
    LoadedModel model = shared.model();
    if (model.inputWidth() != 0 && model.inputWidth() != rows.width()) {
      throw new ServingException(
          ErrorCode.INPUT_MISMATCH,
          "the model of tenant '" + shared.ref().tenant() + "' takes another number of columns",
          List.of(
              new Violation(
                  "/data/0", "expected " + model.inputWidth() + " numbers, got " + rows.width())));
    }
    Prediction prediction = FiniteNumbers.require(shared.ref(), answer(shared, rows, deadline));
    if (prediction.size() != rows.rowCount() * prediction.columns()) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED, "model " + shared.ref() + " did not answer one prediction a row");
    }
    return new Predicted(shared.ref(), prediction, waited, shared.cost());
  }

  /**
   * A loader of the user's own may throw anything; it is that tenant's failure and no defect of
   * ours.
   */
  private static Prediction answer(SharedModel shared, FeatureRows rows, Deadline deadline) {
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
