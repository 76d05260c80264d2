package io.manymodels.routing;

import io.manymodels.time.Deadline;
import java.util.concurrent.CompletableFuture;

/** Asks replicas for predictions. Thread-safe; the seam between routing and a transport. */
public interface PredictClient {

  /**
   * Asks without waiting. The answer fails with {@link ReplicaLostException} when the replica is
   * dead, {@link ReplicaUnreachableException} when it is cut off or silent, and {@link
   * io.manymodels.model.ServingException} {@code DEADLINE_EXCEEDED}, {@code OVERLOADED} or {@code
   * INTERNAL}. It may complete on a thread that must not be blocked.
   */
  CompletableFuture<PredictReply> predict(ReplicaId replica, PredictCall call, Deadline deadline);

  /** False while a call would find the replica cut off or silent: better to ask another. */
  default boolean reachable(ReplicaId replica) {
    return true;
  }
}
