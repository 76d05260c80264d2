package io.manymodels.placing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * SharedMemory's commands to replicas. Thread-confined, except that the commands of one call run
 * side by side on threads of its own.
 *
 * <p>A replica that let a deadline pass is given time to recover: until then it is not commanded.
 */
final class ReplicaCommands implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ReplicaCommands.class.getName());
  private static final Duration RECOVERY = Duration.ofSeconds(5);
  private static final Duration MOMENT = Duration.ofSeconds(1);
  private static final int THREADS = 16;

  /** More than there are replicas. */
  private static final int MAX_WAITING = 10_000;

  private final ReplicaDirectory directory;
  private final Ticker ticker;
  private final BoundedPool threads;
  private final Map<ReplicaId, Deadline> silent = new HashMap<>();

  ReplicaCommands(ReplicaDirectory directory, Ticker ticker) {
    this.directory = directory;
    this.ticker = ticker;
    this.threads = BoundedPool.of("placement-command", THREADS, MAX_WAITING);
  }

  /** The replicas of a deployment that are alive and answer. */
  List<ReplicaId> commandable(String deployment) {
    return directory.replicas(deployment).stream()
        .filter(
            replica -> {
              @Nullable Deadline recovery = silent.get(replica);
              return recovery == null || recovery.passed();
            })
        .toList();
  }

  /** Forgets about replicas that are no more. */
  void forgetGone() {
    silent
        .keySet()
        .removeIf(replica -> !directory.replicas(replica.deployment()).contains(replica));
  }

  /**
   * Sends each replica its command.
   *
   * @param deadline by which each command answers or fails; one that does not is given a moment
   * @return the answers of those that gave one
   */
  <T> Map<ReplicaId, T> send(Map<ReplicaId, Function<ReplicaId, T>> commands, Deadline deadline) {
    Map<ReplicaId, Future<T>> answers = new HashMap<>();
    commands.forEach((replica, command) -> answers.put(replica, submit(replica, command)));
    Deadline end = deadline.plus(MOMENT);
    Map<ReplicaId, T> arrived = new HashMap<>();
    answers.forEach(
        (replica, answer) ->
            answerOf(replica, answer, end).ifPresent(given -> arrived.put(replica, given)));
    return arrived;
  }

  private <T> Future<T> submit(ReplicaId replica, Function<ReplicaId, T> command) {
    try {
      return threads.submit(() -> command.apply(replica));
    } catch (RejectedExecutionException e) {
      throw new ServingException(
          ErrorCode.OVERLOADED, "too many commands to replicas are under way", e);
    }
  }

  private <T> Optional<T> answerOf(ReplicaId replica, Future<T> answer, Deadline end) {
    try {
      T given = answer.get(end.remaining().toNanos(), TimeUnit.NANOSECONDS);
      silent.remove(replica);
      return Optional.of(given);
    } catch (CancellationException e) {
      LOG.log(System.Logger.Level.DEBUG, "closed before {0} was asked", replica);
    } catch (TimeoutException e) {
      answer.cancel(true);
      silent.put(replica, Deadline.after(RECOVERY, ticker));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ReplicaLostException) {
        directory.reportLost(replica);
      } else {
        silent.put(replica, Deadline.after(RECOVERY, ticker));
        if (!(e.getCause() instanceof ServingException)) {
          // The answers of the others count all the same.
          LOG.log(System.Logger.Level.ERROR, "a command to " + replica + " failed", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    threads.close();
  }
}
