package io.manymodels.deployment;

import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.VersionWord;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import io.manymodels.watching.VersionHolders;

/** Tells replicas of {@link HotDeployment} and {@link OverflowDeployment}. Thread-safe. */
final class RemoteVersionHolders implements VersionHolders {
  private final ReplicaClient client;

  RemoteVersionHolders(ReplicaClient client) {
    this.client = client;
  }

  @Override
  public HeldVersions tell(ReplicaId replica, VersionWord word, Deadline deadline) {
    return RemoteCall.ask(client, replica, "versions", word, HeldVersions.class, deadline);
  }
}
