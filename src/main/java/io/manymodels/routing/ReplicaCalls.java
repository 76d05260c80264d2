package io.manymodels.routing;

import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import java.util.List;

/**
 * Calls any replica of a deployment, and waits; a call that found its replica dead is made once
 * more on another. Thread-safe.
 */
public final class ReplicaCalls {
  private static final int ATTEMPTS = 2;

  private final ReplicaDirectory directory;
  private final ReplicaClient client;

  public ReplicaCalls(ReplicaDirectory directory, ReplicaClient client) {
    this.directory = directory;
    this.client = client;
  }

  /**
   * Calls a method as {@link ReplicaClient#call} does.
   *
   * @throws ServingException {@code NO_REPLICA} when none is alive, {@code DEADLINE_EXCEEDED},
   *     {@code INTERNAL}
   */
  public byte[] call(String deployment, String method, byte[] argument, Deadline deadline) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      List<ReplicaId> replicas = directory.replicas(deployment);
      if (replicas.isEmpty()) {
        break;
      }
      ReplicaId replica = replicas.get(0);
      try {
        return client.call(replica, method, argument, deadline);
      } catch (ReplicaLostException e) {
        directory.reportLost(replica);
      }
    }
    throw Router.noReplica(deployment);
  }
}
