package io.manymodels.placing;

import io.manymodels.model.ServingException;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * SharedMemory's commands to replicas. Thread-confined, except that the commands of one call run
 * side by side on threads of its own.
 *
 * <p>A replica that let a deadline pass is given time to recover: until then it is not commanded.
 */
final class ReplicaCommands implements AutoCloseable {
  private static final Duration RECOVERY = Duration.ofSeconds(5);
  private static final int THREADS = 16;

  private final ReplicaDirectory directory;
  private final Ticker ticker;
  private final ExecutorService threads;
  private final Map<ReplicaId, Deadline> silent = new HashMap<>();

  ReplicaCommands(ReplicaDirectory directory, Ticker ticker) {
    this.directory = directory;
    this.ticker = ticker;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(100_000),
            task -> {
              Thread thread = new Thread(task, "placement-command-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
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

  /** Sends each replica its command; returns the answers of those that gave one. */
  <T> Map<ReplicaId, T> send(Map<ReplicaId, Function<ReplicaId, T>> commands) {
    Map<ReplicaId, Future<T>> answers = new HashMap<>();
    commands.forEach(
        (replica, command) -> answers.put(replica, threads.submit(() -> command.apply(replica))));
    Map<ReplicaId, T> arrived = new HashMap<>();
    answers.forEach(
        (replica, answer) ->
            answerOf(replica, answer).ifPresent(given -> arrived.put(replica, given)));
    return arrived;
  }

  private <T> Optional<T> answerOf(ReplicaId replica, Future<T> answer) {
    try {
      T given = answer.get();
      silent.remove(replica);
      return Optional.of(given);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ReplicaLostException) {
        directory.reportLost(replica);
      } else if (e.getCause() instanceof ServingException) {
        silent.put(replica, Deadline.after(RECOVERY, ticker));
      } else {
        throw new IllegalStateException("a command to " + replica + " failed", e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
