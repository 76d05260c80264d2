package io.manymodels.deployment;

import io.manymodels.application.Dispatcher;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.measuring.Measurements;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.ReplicaCalls;
import io.manymodels.scoring.Quarantine;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import io.ray.serve.api.Serve;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Starts Dispatchers that find their replicas through Ray. Stateless. */
public final class RayDispatcher {
  private static final System.Logger LOG = System.getLogger(RayDispatcher.class.getName());

  /** Twice what SharedMemory needs to come back. */
  private static final Duration FIRST_TABLE = Duration.ofSeconds(15);

  private RayDispatcher() {}

  /**
   * Returns when the Dispatcher has a table, or after 15 s.
   *
   * @param loops on which it talks to replicas
   * @param measurements of this process
   */
  public static <D> Dispatcher<D> start(
      ApplicationConfig application,
      EventLoops loops,
      Measurements measurements,
      Function<PlacementTable, D> derive) {
    MissingCallFilter.install();
    List<String> deployments = new ArrayList<>(application.holding());
    deployments.add(application.sharedMemory());
    RayReplicaDirectory directory = new RayReplicaDirectory(application.application(), deployments);
    RayReplicaClient client = new RayReplicaClient();
    Quarantine quarantine = new Quarantine(Ticker.SYSTEM);
    RayCalls.Ways ways = RayCalls.start(application, directory, client, loops, quarantine::add);
    directory.start();
    Dispatcher<D> dispatcher =
        new Dispatcher<>(
            Serve.getReplicaContext().getReplicaTag(),
            application,
            directory,
            new RemoteSharedMemory(
                new ReplicaCalls(directory, ways.sharedMemory()), application.sharedMemory()),
            new RemoteHoldingReplicas(ways.holders()),
            ways.predictions(),
            quarantine,
            measurements,
            derive);
    // Without a table it would send pinned tenants to Deploymentx, and say that there are none.
    // While Serve waits for this replica, others answer.
    if (!dispatcher.awaitTable(Deadline.after(FIRST_TABLE, Ticker.SYSTEM))) {
      LOG.log(
          System.Logger.Level.WARNING, "no placement table; all go to {0}", application.overflow());
    }
    return dispatcher;
  }
}
