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
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks replicas of the same node what a lost replica left behind: two at once, of which the first
 * answer counts. All who ask for the same replica at the same time wait for the same answer, 0.3 s
 * at most: the node may have been lost with it. A crash that is found later is told of all the
 * same. Thread-safe.
 */
final class NodePostmortems implements Postmortems {
  private static final System.Logger LOG = System.getLogger(NodePostmortems.class.getName());
  private static final int THREADS = 4;
  private static final int WAITING = 256;
  private static final int NEIGHBOURS = 2;
  private static final int MAX_REMEMBERED = 256;
  private static final Duration PATIENCE = Duration.ofMillis(300);
  private static final Duration TIMEOUT = Duration.ofMillis(400);

  private final PostmortemQuestion question;
  private final Function<ReplicaId, List<ReplicaId>> neighbours;
  private final Consumer<RunningPrediction> crashes;
  private final ScheduledExecutorService clock;
  private final BoundedPool threads;
  private final Map<ReplicaId, CompletableFuture<Optional<Postmortem>>> asked =
      new LinkedHashMap<>();

  /** Asks one replica what another one left behind; fails when it cannot tell in time. */
  interface PostmortemQuestion {
    Optional<Postmortem> ask(ReplicaId neighbour, ReplicaId lost, Deadline deadline);
  }

  /**
   * @param neighbours replicas of the node that a lost one ran on
   * @param crashes told once of each prediction that has ended its replica, before those who ask
   * @param clock ends waiting
   */
  NodePostmortems(
      PostmortemQuestion question,
      Function<ReplicaId, List<ReplicaId>> neighbours,
      Consumer<RunningPrediction> crashes,
      ScheduledExecutorService clock) {
    this.question = question;
    this.neighbours = neighbours;
    this.crashes = crashes;
    this.clock = clock;
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
    List<ReplicaId> near = neighbours.apply(lost).stream().limit(NEIGHBOURS).toList();
    if (near.isEmpty()) {
      end(lost, answer, Optional.empty());
      return answer;
    }
    AtomicInteger left = new AtomicInteger(near.size());
    AtomicBoolean crashTold = new AtomicBoolean();
    Deadline deadline = Deadline.after(TIMEOUT, Ticker.SYSTEM);
    Consumer<Optional<Postmortem>> told =
        found -> {
          Optional<RunningPrediction> crash = found.flatMap(Postmortem::crashed);
          if (crash.isPresent() && !crashTold.compareAndSet(false, true)) {
            // The other neighbour's thread answers when it has told.
            return;
          }
          crash.ifPresent(crashes);
          if (left.decrementAndGet() == 0 || found.isPresent()) {
            end(lost, answer, found);
          }
        };
    for (ReplicaId neighbour : near) {
      try {
        threads.execute(() -> told.accept(ask(neighbour, lost, deadline)));
      } catch (RejectedExecutionException e) {
        told.accept(Optional.empty());
      }
    }
    if (!answer.isDone()) {
      var unused =
          clock.schedule(
              () -> end(lost, answer, Optional.empty()),
              PATIENCE.toMillis(),
              TimeUnit.MILLISECONDS);
    }
    return answer;
  }

  private Optional<Postmortem> ask(ReplicaId neighbour, ReplicaId lost, Deadline deadline) {
    try {
      return deadline.passed() ? Optional.empty() : question.ask(neighbour, lost, deadline);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.INFO, "{0} cannot tell of {1}: {2}", neighbour, lost, e);
      return Optional.empty();
    }
  }

  private void end(
      ReplicaId lost, CompletableFuture<Optional<Postmortem>> answer, Optional<Postmortem> found) {
    if (answer.complete(found) && found.flatMap(Postmortem::crashed).isEmpty()) {
      // It may be alive, and crash later.
      synchronized (asked) {
        asked.remove(lost, answer);
      }
    }
  }
}
