package io.manymodels.deployment;

import io.manymodels.holding.Refreshed;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.time.Deadline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Has every replica that serves models bring them to their live versions, and waits for all.
 * Thread-safe.
 */
final class ModelRefresh implements AutoCloseable {
  private static final int THREADS = 16;
  private static final int WAITING_CALLS = 1_000;

  private final ReplicaDirectory directory;
  private final HoldingReplicas holders;
  private final List<String> deployments;
  private final ThreadPoolExecutor threads;

  /**
   * @param deployments whose replicas hold models
   */
  ModelRefresh(ReplicaDirectory directory, HoldingReplicas holders, List<String> deployments) {
    this.directory = directory;
    this.holders = holders;
    this.deployments = List.copyOf(deployments);
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING_CALLS),
            task -> {
              Thread thread = new Thread(task, "model-refresh-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Returns when every replica has answered. One that dies meanwhile is left out: the one that
   * takes its place asks the registry; one that appears meanwhile is asked too.
   *
   * @throws ServingException {@code DEADLINE_EXCEEDED} when a replica did not answer in time,
   *     {@code OVERLOADED}, {@code INTERNAL}
   */
  List<Refreshed> refresh(Collection<TenantId> tenants, Deadline deadline) {
    Set<ReplicaId> asked = new HashSet<>();
    // Every tenant is in the answer, even when no replica holds its model.
    List<Refreshed> answers = new ArrayList<>(tenants.stream().map(Refreshed::notHeld).toList());
    List<ReplicaId> next = replicas(asked);
    while (!next.isEmpty()) {
      asked.addAll(next);
      List<Future<List<Refreshed>>> calls = new ArrayList<>();
      for (ReplicaId replica : next) {
        calls.add(submit(replica, tenants, deadline));
      }
      for (Future<List<Refreshed>> call : calls) {
        answers.addAll(await(call));
      }
      next = replicas(asked);
    }
    return Refreshed.merged(answers);
  }

  private List<ReplicaId> replicas(Set<ReplicaId> asked) {
    return deployments.stream()
        .flatMap(deployment -> directory.lately(deployment).stream())
        .filter(replica -> !asked.contains(replica))
        .toList();
  }

  private Future<List<Refreshed>> submit(
      ReplicaId replica, Collection<TenantId> tenants, Deadline deadline) {
    try {
      return threads.submit(() -> ask(replica, tenants, deadline));
    } catch (RejectedExecutionException e) {
      throw new ServingException(ErrorCode.OVERLOADED, "too many refreshes are under way", e);
    }
  }

  private List<Refreshed> ask(ReplicaId replica, Collection<TenantId> tenants, Deadline deadline) {
    try {
      return holders.refresh(replica, tenants, deadline);
    } catch (ReplicaLostException e) {
      directory.reportLost(replica);
      return List.of();
    } catch (ServingException e) {
      throw e.code() == ErrorCode.DEADLINE_EXCEEDED
          ? new ServingException(
              ErrorCode.DEADLINE_EXCEEDED,
              "a replica of " + replica.deployment() + " did not confirm in time")
          : e;
    }
  }

  private static List<Refreshed> await(Future<List<Refreshed>> call) {
    try {
      return call.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ServingException known
          ? known
          : new ServingException(ErrorCode.INTERNAL, "a refresh failed unexpectedly", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServingException(ErrorCode.NO_REPLICA, "the Dispatcher is shutting down", e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
