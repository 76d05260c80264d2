package io.manymodels.transport;

import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaUnreachableException;
import io.manymodels.threads.Awaiting;
import io.manymodels.threads.Completions;
import io.manymodels.time.Deadline;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Calls methods of replicas over their own ports, and by another client those that cannot be
 * reached so: that are not connected yet or any more, fell silent, or are of a build that does not
 * know such calls. A call that may have run before its connection broke is made again by the other
 * client, which knows whether the replica is dead. Thread-safe.
 */
public final class LinkedClient implements ReplicaClient {
  private final ReplicaLinks links;
  private final ReplicaClient otherwise;

  public LinkedClient(ReplicaLinks links, ReplicaClient otherwise) {
    this.links = links;
    this.otherwise = otherwise;
  }

  @Override
  public byte[] call(ReplicaId replica, String method, byte[] argument, Deadline deadline) {
    CompletableFuture<Optional<byte[]>> linked =
        Completions.after(
            links.call(replica, method, argument, deadline),
            (answer, failure, result) -> {
              if (answer != null) {
                result.complete(Optional.of(answer));
              } else if (failure instanceof ReplicaUnreachableException) {
                result.complete(Optional.empty());
              } else {
                result.completeExceptionally(
                    failure == null ? new IllegalStateException("nothing") : failure);
              }
            });
    return Awaiting.result(linked, deadline, "the deadline passed before the replica answered")
        .orElseGet(() -> otherwise.call(replica, method, argument, deadline));
  }
}
