package io.manymodels.application;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.measuring.Measurements;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.CalledPredictions;
import io.manymodels.routing.Postmortems;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.scoring.Quarantine;
import io.manymodels.time.Ticker;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Opens Dispatchers that reach their replicas in another way than through Ray. */
public final class Dispatchers {
  private Dispatchers() {}

  public static <D> Dispatcher<D> dispatcher(
      ApplicationConfig application,
      ReplicaDirectory directory,
      SharedMemoryCalls sharedMemory,
      HoldingReplicas holders,
      ReplicaClient client,
      Function<PlacementTable, D> derive) {
    return dispatcher(application, directory, sharedMemory, holders, client, Runnable::run, derive);
  }

  /**
   * @param calls runs the calls to replicas
   */
  public static <D> Dispatcher<D> dispatcher(
      ApplicationConfig application,
      ReplicaDirectory directory,
      SharedMemoryCalls sharedMemory,
      HoldingReplicas holders,
      ReplicaClient client,
      Executor calls,
      Function<PlacementTable, D> derive) {
    return new Dispatcher<>(
        UUID.randomUUID().toString(),
        application,
        directory,
        sharedMemory,
        holders,
        new PredictionCalls(
            new CalledPredictions(client, calls),
            Postmortems.NONE,
            CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS)),
        new Quarantine(Ticker.SYSTEM),
        Measurements.unread(),
        derive);
  }
}
