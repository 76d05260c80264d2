package io.manymodels.watching;

import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.VersionWord;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;

/** The calls of the registry watcher to replicas that hold models. Thread-safe. */
public interface VersionHolders {
  /**
   * Tells a replica where the live versions differ from what it holds. Blocks until the answer or
   * the deadline.
   *
   * @return what the replica holds now
   * @throws io.manymodels.routing.ReplicaLostException when the replica is dead
   * @throws io.manymodels.model.ServingException when it does not answer, or is of a build that
   *     does not know the call
   */
  HeldVersions tell(ReplicaId replica, VersionWord word, Deadline deadline);
}
