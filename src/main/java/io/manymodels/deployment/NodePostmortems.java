package io.manymodels.deployment;

import io.manymodels.routing.Postmortem;
import io.manymodels.routing.Postmortems;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks replicas of the same node what a lost replica left behind. All who ask for the same replica
 * at the same time wait for the same answer. Thread-safe.
 */
final class NodePostmortems implements Postmortems {
  private static final System.Logger LOG = System.getLogger(NodePostmortems.class.getName());
  private static final int THREADS = 2;
  private static final int WAITING = 256;
  private static final int MAX_NEIGHBOURS = 2;
  private static final int MAX_REMEMBERED = 256;
  private static final Duration TIMEOUT = Duration.ofMillis(400);

  private final RemoteHoldingReplicas replicas;
  private final Function<ReplicaId, List<ReplicaId>> neighbours;
  private final Consumer<RunningPrediction> crashes;
  private final BoundedPool threads;
  private final Map<ReplicaId, CompletableFuture<Optional<Postmortem>>> asked =
      new LinkedHashMap<>();

  /**
   * @param neighbours replicas of the node that a lost one ran on
   * @param crashes told of each prediction that has ended its replica, before those who ask
   */
  NodePostmortems(
      RemoteHoldingReplicas replicas,
      Function<ReplicaId, List<ReplicaId>> neighbours,
      Consumer<RunningPrediction> crashes) {
    this.replicas = replicas;
    this.neighbours = neighbours;
    this.crashes = crashes;
    this.threads = BoundedPool.of("postmortems", THREADS, WAITING);
  }

  @Override
  public CompletableFuture<Optional<Postmortem>> of(ReplicaId lost) {
    CompletableFuture<Optional<Postmortem>> answer = new CompletableFuture<>();
    synchronized (asked) {
      @Nullable CompletableFuture<Optional<Postmortem>> same = asked.get(lost);
      if (same != null) {
        return same;
      }
      if (asked.size() >= MAX_REMEMBERED) {
        asked.remove(asked.keySet().iterator().next());
      }
      asked.put(lost, answer);
    }
    try {
      threads.execute(() -> ask(lost, answer));
    } catch (RejectedExecutionException e) {
      end(lost, answer, Optional.empty());
    }
    return answer;
  }

  private void ask(ReplicaId lost, CompletableFuture<Optional<Postmortem>> answer) {
    Optional<Postmortem> found = Optional.empty();
    try {
      for (ReplicaId neighbour : neighbours.apply(lost).stream().limit(MAX_NEIGHBOURS).toList()) {
        if (found.isEmpty()) {
          found = ask(neighbour, lost);
        }
      }
    } finally {
      end(lost, answer, found);
    }
  }

  private Optional<Postmortem> ask(ReplicaId neighbour, ReplicaId lost) {
    try {
      return replicas.postmortem(neighbour, lost, Deadline.after(TIMEOUT, Ticker.SYSTEM));
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.INFO, "{0} cannot tell of {1}: {2}", neighbour, lost, e);
      return Optional.empty();
    }
  }

  private void end(
      ReplicaId lost, CompletableFuture<Optional<Postmortem>> answer, Optional<Postmortem> found) {
    if (found.flatMap(Postmortem::crashed).isEmpty()) {
      // It may be alive, and crash later.
      synchronized (asked) {
        asked.remove(lost, answer);
      }
    }
    try {
      found.flatMap(Postmortem::crashed).ifPresent(crashes);
    } finally {
      answer.complete(found);
    }
  }
}
