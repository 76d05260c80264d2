package io.manymodels.deployment;

import io.manymodels.json.Wire;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;

/** A call of a replica's method by JSON, as {@link Wire} writes it. */
final class RemoteCall {
  private RemoteCall() {}

  /**
   * Calls the method; throws what the replica's {@link Wire#answer} was thrown, and as the client.
   */
  static <T> T ask(
      ReplicaClient client,
      ReplicaId replica,
      String method,
      Object question,
      Class<T> answer,
      Deadline deadline) {
    return Wire.result(client.call(replica, method, Wire.bytes(question), deadline), answer);
  }
}
