package io.manymodels.deployment;

import io.manymodels.application.OverflowReplica;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.rehearsal.Rehearsal;
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
 * Warms a new replica of Deploymentx up before Serve sends requests to it: first its code, by a
 * rehearsal, then with its share of the tenants that Deploymentx is asked for most, as SharedMemory
 * has counted them. A replica that learns of nobody starts without models, as the first one of all
 * does. One that is alone, and for whose requests callers may wait, rehearses beside them.
 */
final class OverflowWarmUp {
  private static final System.Logger LOG = System.getLogger(OverflowWarmUp.class.getName());

  /** A replica takes that much longer to start, at most, beside its rehearsal. */
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
  private final Rehearsal rehearsal;
  private volatile Deadline end = Deadline.after(MAX_DURATION, Ticker.SYSTEM);

  /**
   * @param self this replica
   */
  OverflowWarmUp(
      ApplicationConfig application, ReplicaId self, OverflowReplica replica, Rehearsal rehearsal) {
    this.application = application;
    this.self = self;
    this.replica = replica;
    this.rehearsal = rehearsal;
  }

  /** Returns when the models are loaded, or when it has taken too long; never throws. */
  void run() {
    end = Deadline.after(MAX_DURATION, Ticker.SYSTEM);
    CountDownLatch done = new CountDownLatch(1);
    Threads.daemon(
            "warm-up",
            () -> {
              try {
                warmUp();
              } finally {
                done.countDown();
                rehearsal.start();
              }
              dropUnasked();
            })
        .start();
    try {
      // The end is put off when there is time for a rehearsal.
      while (!done.await(end.remainingMillis(), TimeUnit.MILLISECONDS)) {
        if (end.passed()) {
          LOG.log(System.Logger.Level.INFO, "not waiting for the rest of the warm-up");
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void warmUp() {
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
      List<ReplicaId> others = directory.replicas(application.overflow());
      if (!others.isEmpty()) {
        end = Deadline.after(Rehearsal.LONGEST_WAIT.plus(MAX_DURATION), Ticker.SYSTEM);
        rehearsal.await();
      }
      Deadline deadline = end.atMost(MAX_DURATION);
      ReplicaCalls calls = new ReplicaCalls(directory, new RayReplicaClient());
      List<TenantId> busiest =
          new RemoteSharedMemory(calls, application.sharedMemory()).busiest(TENANTS, deadline);
      List<TenantId> mine =
          busiest.stream().filter(tenant -> Router.prefers(self, others, tenant)).toList();
      int count = replica.warmUp(mine, others.isEmpty() ? deadline.atMost(MAX_ALONE) : deadline);
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
