package io.manymodels.routing;

import io.manymodels.time.Deadline;

/** Calls methods of replicas. Thread-safe; the seam between routing and a transport. */
public interface ReplicaClient {

  /**
   * Calls and waits for the answer.
   *
   * @param method a public method of the deployment's class that takes one byte[] and returns one
   * @throws ReplicaLostException when the replica is dead; it may have run the call before it died
   * @throws io.manymodels.model.ServingException {@code DEADLINE_EXCEEDED} when the deadline passed
   *     first, {@code INTERNAL} when the replica threw
   */
  byte[] call(ReplicaId replica, String method, byte[] argument, Deadline deadline);
}
