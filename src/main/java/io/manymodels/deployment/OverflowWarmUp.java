package io.manymodels.deployment;

import io.manymodels.application.OverflowReplica;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaCalls;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.Router;
import io.manymodels.threads.Threads;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Warms a new replica of Deploymentx up before Serve sends requests to it: with its share of the
 * tenants that Deploymentx is asked for most, as SharedMemory has counted them. A replica that
 * learns of nobody starts cold, as the first one of all does.
 */
final class OverflowWarmUp {
  private static final System.Logger LOG = System.getLogger(OverflowWarmUp.class.getName());

  /** A replica takes that much longer to start, at most. */
  private static final Duration MAX_DURATION = Duration.ofMillis(1_500);

  /** For whose requests nobody else is there, and wait. */
  private static final Duration MAX_ALONE = Duration.ofMillis(400);

  /** A model that nobody has asked for by then was not worth it. */
  private static final Duration KEPT = Duration.ofMinutes(1);

  private static final Duration FIND_SHARED_MEMORY = Duration.ofMillis(700);
  private static final int TENANTS = 1_000;

  private final ApplicationConfig application;
  private final ReplicaId self;
  private final OverflowReplica replica;

  /**
   * @param self this replica
   */
  OverflowWarmUp(ApplicationConfig application, ReplicaId self, OverflowReplica replica) {
    this.application = application;
    this.self = self;
    this.replica = replica;
  }

  /** Returns when the models are loaded, or when it has taken too long; never throws. */
  void run() {
    Deadline deadline = Deadline.after(MAX_DURATION, Ticker.SYSTEM);
    CountDownLatch done = new CountDownLatch(1);
    Threads.daemon(
            "warm-up",
            () -> {
              try {
                warmUp(deadline);
              } finally {
                done.countDown();
              }
              dropUnasked();
            })
        .start();
    try {
      if (!done.await(deadline.remainingMillis(), TimeUnit.MILLISECONDS)) {
        LOG.log(System.Logger.Level.INFO, "not waiting for the rest of the warm-up");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void warmUp(Deadline deadline) {
    List<String> asked = List.of(application.sharedMemory(), application.overflow());
    try (RayReplicaDirectory directory =
        new RayReplicaDirectory(application.application(), asked)) {
      CountDownLatch found = new CountDownLatch(1);
      directory.onChange(
          () -> {
            if (!directory.replicas(application.sharedMemory()).isEmpty()) {
              found.countDown();
            }
          });
      directory.start();
      if (!found.await(FIND_SHARED_MEMORY.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
      ReplicaCalls calls = new ReplicaCalls(directory, new RayReplicaClient());
      List<TenantId> busiest =
          new RemoteSharedMemory(calls, application.sharedMemory()).busiest(TENANTS, deadline);
      List<ReplicaId> others = directory.replicas(application.overflow());
      List<TenantId> mine =
          busiest.stream().filter(tenant -> Router.prefers(self, others, tenant)).toList();
      Deadline end = others.isEmpty() ? deadline.atMost(MAX_ALONE) : deadline;
      int count = replica.warmUp(mine, end);
      LOG.log(
          System.Logger.Level.INFO,
          "warmed up with {0} of {1} models of {2} tenants",
          count,
          mine.size(),
          busiest.size());
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.INFO, "starting cold: {0}", e.getMessage());
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.WARNING, "starting cold", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void dropUnasked() {
    try {
      CountDownLatch never = new CountDownLatch(1);
      var unused = never.await(KEPT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    replica.endWarmUp();
  }
}
