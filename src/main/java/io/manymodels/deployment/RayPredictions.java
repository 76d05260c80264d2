package io.manymodels.deployment;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.routing.CalledPredictions;
import io.manymodels.routing.PredictClient;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import io.manymodels.transport.ReplicaLinks;
import io.manymodels.transport.TransportTls;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * How a Dispatcher asks for predictions: over the replicas' own ports, and through Ray where that
 * does not go.
 *
 * @param later runs what it is given after a short pause
 */
record RayPredictions(PredictClient client, Executor later) {
  private static final int RAY_CALLS = 64;
  private static final long PAUSE_MILLIS = 50;

  /** To be called before the directory starts to name replicas. */
  static RayPredictions start(
      ApplicationConfig application,
      ReplicaDirectory directory,
      ReplicaClient client,
      EventLoops loops) {
    Environment environment = Environment.ofProcess();
    Executor later =
        CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, loops.group());
    CalledPredictions byRay =
        new CalledPredictions(client, BoundedPool.of("ray-predictions", RAY_CALLS, 0));
    if (!ReplicaPort.ownPorts(environment)) {
      return new RayPredictions(byRay, later);
    }
    List<String> deployments = new ArrayList<>(application.hot());
    deployments.add(application.overflow());
    ReplicaLinks links =
        new ReplicaLinks(
            directory,
            deployments,
            byRay,
            loops,
            new RemoteHoldingReplicas(client)::endpoint,
            TransportTls.from(environment),
            Ticker.SYSTEM);
    return new RayPredictions(links, later);
  }
}
