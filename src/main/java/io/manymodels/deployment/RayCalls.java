package io.manymodels.deployment;

import io.manymodels.application.PredictionCalls;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.routing.CalledPredictions;
import io.manymodels.routing.Postmortems;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Ticker;
import io.manymodels.transport.Endpoints;
import io.manymodels.transport.EventLoops;
import io.manymodels.transport.LinkedClient;
import io.manymodels.transport.ReplicaLinks;
import io.manymodels.transport.TransportTls;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * How a Dispatcher calls other replicas: over their own ports, and through Ray where that does not
 * go. Stateless.
 */
final class RayCalls {
  private static final int RAY_PREDICTIONS = 64;
  private static final long PAUSE_MILLIS = 50;

  private RayCalls() {}

  /**
   * The ways to call.
   *
   * @param predictions from replicas that hold models
   * @param holders calls the other methods of the same replicas
   * @param sharedMemory calls SharedMemory
   */
  record Ways(PredictionCalls predictions, ReplicaClient holders, ReplicaClient sharedMemory) {}

  /**
   * To be called before the directory starts to name replicas.
   *
   * @param crashes told of every prediction that has ended its replica
   */
  static Ways start(
      ApplicationConfig application,
      ReplicaDirectory directory,
      ReplicaClient client,
      EventLoops loops,
      Consumer<RunningPrediction> crashes) {
    Environment environment = Environment.ofProcess();
    Executor later =
        CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, loops.clock());
    CalledPredictions byRay =
        new CalledPredictions(client, BoundedPool.of("ray-predictions", RAY_PREDICTIONS, 0));
    if (!ReplicaPort.ownPorts(environment)) {
      return new Ways(new PredictionCalls(byRay, Postmortems.NONE, later), client, client);
    }
    Optional<TransportTls> tls = TransportTls.from(environment);
    Endpoints endpoints = new RemoteHoldingReplicas(client)::endpoint;
    ReplicaLinks links =
        new ReplicaLinks(
            directory,
            application.holding(),
            Set.of(application.overflow()),
            byRay,
            loops,
            endpoints,
            tls,
            Ticker.SYSTEM);
    ReplicaClient linked = new LinkedClient(links, client);
    NodePostmortems postmortems =
        new NodePostmortems(
            new RemoteHoldingReplicas(linked)::postmortem,
            links::neighbours,
            crashes,
            loops.clock());
    // Also when this Dispatcher had no call under way there: another one had, and the caller may
    // send the request here next.
    links.onLost(
        replica -> {
          var unused = postmortems.of(replica);
        });
    // Links of their own: SharedMemory is no neighbour that could tell of a lost replica.
    ReplicaLinks toSharedMemory =
        ReplicaLinks.forControl(
            directory, List.of(application.sharedMemory()), loops, endpoints, tls);
    return new Ways(
        new PredictionCalls(links, postmortems, later),
        linked,
        new LinkedClient(toSharedMemory, client));
  }
}
