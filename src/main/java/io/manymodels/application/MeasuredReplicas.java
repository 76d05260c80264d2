package io.manymodels.application;

import io.manymodels.measuring.MeasuredReport;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;

/** Asks replicas that hold models for what they have measured. Thread-safe. */
public interface MeasuredReplicas {
  /**
   * Blocks until the answer or the deadline.
   *
   * @param arrived the number of the replica's last report that has arrived; 0 when none has
   * @return its next report
   * @throws io.manymodels.model.ServingException as {@link HoldingReplicas}, and {@code INTERNAL}
   *     by a replica of another build, which has no such method
   */
  MeasuredReport measured(ReplicaId replica, long arrived, Deadline deadline);
}
