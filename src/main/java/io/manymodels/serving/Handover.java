package io.manymodels.serving;

import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has the replicas of Deploymentx learn the live versions of tenants before these lose their place.
 * Who lost it while the registry is away, or just before, could not be served by anybody: so they
 * keep it. Thread-confined, except that replicas are asked side by side.
 *
 * <p>A replica that does not answer holds nobody up for long: it is not asked again for a while.
 */
final class Handover implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofSeconds(2);
  private static final Duration RECOVERY = Duration.ofSeconds(5);
  private static final int THREADS = 8;

  private final ReplicaDirectory directory;
  private final OverflowReplicas replicas;
  private final String overflow;
  private final Ticker ticker;
  private final ThreadPoolExecutor threads;
  private final Map<ReplicaId, Deadline> silent = new HashMap<>();

  /**
   * @param overflow the Serve name of Deploymentx
   */
  Handover(ReplicaDirectory directory, OverflowReplicas replicas, String overflow, Ticker ticker) {
    this.directory = directory;
    this.replicas = replicas;
    this.overflow = overflow;
    this.ticker = ticker;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(10_000),
            task -> {
              Thread thread = new Thread(task, "handover");
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Tells Deploymentx who is about to be its own.
   *
   * @return those whom it cannot take: a replica of it could not ask the registry
   */
  Set<TenantId> offer(Collection<TenantId> tenants, Deadline atMost) {
    Set<TenantId> refused = new TreeSet<>();
    if (tenants.isEmpty()) {
      return refused;
    }
    List<TenantId> offered = List.copyOf(tenants);
    Deadline deadline = atMost.atMost(LONGEST);
    Map<ReplicaId, Future<Set<TenantId>>> answers = new HashMap<>();
    List<ReplicaId> known = directory.replicas(overflow);
    silent.entrySet().removeIf(of -> of.getValue().passed() || !known.contains(of.getKey()));
    for (ReplicaId replica : known) {
      if (!silent.containsKey(replica)) {
        answers.put(replica, threads.submit(() -> replicas.expect(replica, offered, deadline)));
      }
    }
    answers.forEach((replica, answer) -> refused.addAll(answerOf(replica, answer)));
    return refused;
  }

  private Set<TenantId> answerOf(ReplicaId replica, Future<Set<TenantId>> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      @Nullable Throwable cause = e.getCause();
      if (cause instanceof ReplicaLostException) {
        directory.reportLost(replica);
      } else if (cause instanceof ServingException) {
        silent.put(replica, Deadline.after(RECOVERY, ticker));
      } else {
        throw new IllegalStateException("offering tenants to " + replica + " failed", e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Set.of();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
