package io.manymodels.transport;

import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;

/** Tells where replicas listen. */
public interface Endpoints {

  /**
   * Asks the replica, and waits.
   *
   * @throws io.manymodels.routing.ReplicaLostException when it is dead
   * @throws io.manymodels.model.ServingException when it does not answer, or listens nowhere
   */
  Endpoint of(ReplicaId replica, Deadline deadline);
}
