package io.manymodels.routing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.tensor.Rows;
import io.manymodels.tracing.Span;
import java.util.List;
import java.util.Optional;

/**
 * Asks a replica for predictions by a tenant's model.
 *
 * @param tenant whose model must compute the answer
 * @param rows to predict for
 * @param timeoutMillis left until nobody waits for the answer any more, {@code >= 0}
 * @param refusing the version of the model that must not predict, because it crashes on these rows
 * @param span of which the prediction is a part; {@link Span#NONE} when nobody observes it
 */
public record PredictRequest(
    TenantId tenant, Rows rows, long timeoutMillis, Optional<ModelVersion> refusing, Span span) {

  /** A request that nobody observes. */
  public PredictRequest(
      TenantId tenant, Rows rows, long timeoutMillis, Optional<ModelVersion> refusing) {
    this(tenant, rows, timeoutMillis, refusing, Span.NONE);
  }

  /** A request that any version may answer. */
  public PredictRequest(TenantId tenant, Rows rows, long timeoutMillis) {
    this(tenant, rows, timeoutMillis, Optional.empty());
  }

  /** The same as a part of another span. */
  public PredictRequest within(Span other) {
    return other == span ? this : new PredictRequest(tenant, rows, timeoutMillis, refusing, other);
  }

  /** Whether this model must not predict. */
  public boolean refuses(ModelRef ref) {
    return refusing.isPresent() && refusing.get().equals(ref.version());
  }

  /** The answer of a replica that has only a model that the request {@link #refuses}. */
  public static Failed refusal(ModelRef ref) {
    return new Failed(
        ErrorCode.MODEL_CRASHED,
        "model "
            + ref
            + " is not asked: a request like this one ended the process that ran it a short while"
            + " ago",
        List.of());
  }
}
