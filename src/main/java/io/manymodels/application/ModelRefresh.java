package io.manymodels.application;

import io.manymodels.holding.Refreshed;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.threads.Awaiting;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * Has every replica that serves models bring them to their live versions, and waits for all.
 * Thread-safe.
 */
final class ModelRefresh implements AutoCloseable {
  private static final int THREADS = 16;
  private static final int WAITING_CALLS = 1_000;
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private final ReplicaDirectory directory;
  private final HoldingReplicas holders;
  private final List<String> deployments;
  private final BoundedPool threads;

  /**
   * @param deployments whose replicas hold models
   */
  ModelRefresh(ReplicaDirectory directory, HoldingReplicas holders, List<String> deployments) {
    this.directory = directory;
    this.holders = holders;
    this.deployments = List.copyOf(deployments);
    this.threads = BoundedPool.of("model-refresh", THREADS, WAITING_CALLS);
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
        // A replica that is late says so itself.
        answers.addAll(
            Awaiting.result(call, deadline.plus(MOMENT), "a replica did not confirm in time"));
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

  @Override
  public void close() {
    threads.close();
  }
}
