package io.manymodels.deployment;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.placing.ReplicaDigests;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import io.manymodels.transport.LinkedClient;
import io.manymodels.transport.ReplicaLinks;
import io.manymodels.transport.TransportTls;
import java.util.Optional;

/**
 * How SharedMemory calls the replicas that hold models: over their own ports, where each hot one
 * also tells the digest of its state, and through Ray where that does not go. Immutable.
 *
 * @param client makes the calls
 * @param digests of the hot replicas; empty where everything goes through Ray
 */
record HoldingCalls(ReplicaClient client, Optional<ReplicaDigests> digests) {

  /**
   * To be called before the directory starts to name replicas.
   *
   * @param loops of this process; empty when everything is to go through Ray
   */
  static HoldingCalls from(
      ApplicationConfig application,
      ReplicaDirectory directory,
      Optional<EventLoops> loops,
      Environment environment) {
    ReplicaClient byRay = new RayReplicaClient();
    return loops
        .map(own -> byPort(application, directory, byRay, own, environment))
        .orElseGet(() -> new HoldingCalls(byRay, Optional.empty()));
  }

  private static HoldingCalls byPort(
      ApplicationConfig application,
      ReplicaDirectory directory,
      ReplicaClient byRay,
      EventLoops loops,
      Environment environment) {
    ReplicaLinks links =
        ReplicaLinks.forControl(
            directory,
            application.holding(),
            loops,
            new RemoteHoldingReplicas(byRay)::endpoint,
            TransportTls.from(environment));
    ReplicaDigests digests =
        new ReplicaDigests(
            directory, application.hot(), links::digest, loops.clock(), Ticker.SYSTEM);
    return new HoldingCalls(new LinkedClient(links, byRay), Optional.of(digests));
  }
}
