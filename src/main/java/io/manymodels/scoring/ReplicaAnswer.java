package io.manymodels.scoring;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.time.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of asking a deployment for a prediction. Immutable.
 *
 * @param reply null when there is a failure
 * @param failure why there is no reply; null when there is one
 */
record ReplicaAnswer(@Nullable PredictReply reply, @Nullable Throwable failure) {
  /** Whether another deployment may answer within the request's deadline. */
  boolean leavesItToOthers(Deadline deadline) {
    if (failure == null) {
      return reply instanceof NotHere || (isLate() && !deadline.passed());
    }
    return failure instanceof ServingException && !deadline.passed();
  }

  /** The failure when the deployment has no replica that is alive; null otherwise. */
  @Nullable ServingException noReplica() {
    return failure instanceof ServingException known && known.code() == ErrorCode.NO_REPLICA
        ? known
        : null;
  }

  /**
   * The prediction.
   *
   * @throws ServingException the replica's error; {@code INTERNAL} when the answer is for another
   *     tenant, or for none
   */
  Predicted predicted(String deployment, TenantId tenant) {
    if (failure != null) {
      throw failure instanceof ServingException known
          ? known
          : new ServingException(ErrorCode.INTERNAL, "a call to a replica failed", failure);
    }
    if (reply instanceof Failed failed) {
      throw failed.toException();
    }
    if (reply instanceof Predicted predicted && predicted.ref().tenant().equals(tenant)) {
      return predicted;
    }
    throw new ServingException(
        ErrorCode.INTERNAL, deployment + " did not answer for tenant '" + tenant + "'");
  }

  /** The replica gave up at the deadline of its attempt. */
  private boolean isLate() {
    return reply instanceof Failed failed && failed.code() == ErrorCode.DEADLINE_EXCEEDED;
  }
}
