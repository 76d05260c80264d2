package io.manymodels.deployment;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.CalledPredictions;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
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
    return new Dispatcher<>(
        UUID.randomUUID().toString(),
        application,
        directory,
        sharedMemory,
        holders,
        new CalledPredictions(client, Runnable::run),
        CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS),
        derive);
  }
}
