package io.manymodels.routing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.stats.ModelCost;
import io.manymodels.tensor.Prediction;
import java.util.List;

/** A replica's answer to a {@link PredictRequest}. */
public sealed interface PredictReply {

  /**
   * The prediction, and the model that computed it.
   *
   * @param waited whether the request waited until the model was loaded
   * @param cost of the model
   */
  record Predicted(ModelRef ref, Prediction prediction, boolean waited, ModelCost cost)
      implements PredictReply {}

  /** This replica does not hold the tenant's model and does not load it: ask elsewhere. */
  record NotHere() implements PredictReply {}

  /** The tenant's request fails, wherever it is asked. */
  record Failed(ErrorCode code, String detail, List<Violation> violations) implements PredictReply {
    public Failed {
      violations = List.copyOf(violations);
    }

    public static Failed of(ServingException e) {
      return new Failed(e.code(), String.valueOf(e.getMessage()), e.violations());
    }

    public ServingException toException() {
      return new ServingException(code, detail, violations);
    }
  }
}
