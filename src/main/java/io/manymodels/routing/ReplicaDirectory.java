package io.manymodels.routing;

import java.util.List;

/** Which replicas of which deployment are alive. Thread-safe; never blocks, never calls anybody. */
public interface ReplicaDirectory {

  /** The replicas of a deployment, as far as known; empty when none is. */
  List<ReplicaId> replicas(String deployment);

  /**
   * Those, and the ones that were named within the last minute and have not been found dead: some
   * may answer still, or again. For what has to reach every replica that can answer anybody.
   */
  default List<ReplicaId> lately(String deployment) {
    return replicas(deployment);
  }

  /** Tells that a call found the replica dead: it is not named again. */
  void reportLost(ReplicaId replica);

  /** Has {@code listener} run, on the directory's own thread, after each change; must be quick. */
  void onChange(Runnable listener);
}
