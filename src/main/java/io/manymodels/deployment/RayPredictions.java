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
import io.manymodels.transport.EventLoops;
import io.manymodels.transport.ReplicaLinks;
import io.manymodels.transport.TransportTls;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * How a Dispatcher asks for predictions: over the replicas' own ports, and through Ray where that
 * does not go. Stateless.
 */
final class RayPredictions {
  private static final int RAY_CALLS = 64;
  private static final long PAUSE_MILLIS = 50;

  private RayPredictions() {}

  /**
   * To be called before the directory starts to name replicas.
   *
   * @param crashes told of every prediction that has ended its replica
   */
  static PredictionCalls start(
      ApplicationConfig application,
      ReplicaDirectory directory,
      ReplicaClient client,
      EventLoops loops,
      Consumer<RunningPrediction> crashes) {
    Environment environment = Environment.ofProcess();
    Executor later =
        CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, loops.clock());
    CalledPredictions byRay =
        new CalledPredictions(client, BoundedPool.of("ray-predictions", RAY_CALLS, 0));
    if (!ReplicaPort.ownPorts(environment)) {
      return new PredictionCalls(byRay, Postmortems.NONE, later);
    }
    RemoteHoldingReplicas holders = new RemoteHoldingReplicas(client);
    ReplicaLinks links =
        new ReplicaLinks(
            directory,
            application.holding(),
            byRay,
            loops,
            holders::endpoint,
            TransportTls.from(environment),
            Ticker.SYSTEM);
    NodePostmortems postmortems = new NodePostmortems(holders, links::neighbours, crashes);
    // Also when this Dispatcher had no call under way there: another one had, and the caller may
    // send the request here next.
    links.onLost(
        replica -> {
          var unused = postmortems.of(replica);
        });
    return new PredictionCalls(links, postmortems, later);
  }
}
