package io.manymodels.placing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.time.Deadline;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The mail of the thread that owns placement: operators' changes, questions and Dispatchers'
 * reports, each in a bounded queue, and word that replicas came or went. Thread-safe; its lock is
 * held for a few instructions, and no other is taken under it.
 */
final class PlacementInbox {
  private static final System.Logger LOG = System.getLogger(PlacementInbox.class.getName());
  private static final int MAX_WAITING_CHANGES = 100;
  private static final int MAX_WAITING_QUESTIONS = 100;

  /** A new dedicated pool, and the generation in which it is live. */
  record Change(
      SortedMap<TenantId, String> mapping, Deadline deadline, CompletableFuture<Generation> done) {}

  /** Something that only the owner's thread may look at. */
  record Question<T>(Function<PlacementOwner, T> look, CompletableFuture<T> answer) {
    void answer(PlacementOwner owner) {
      try {
        answer.complete(look.apply(owner));
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    }
  }

  /**
   * The work of one round. Changes are taken one at a time by {@link #nextChange}.
   *
   * @param replicasChanged whether replicas came or went since the last one
   */
  record Batch(
      List<List<TenantTraffic>> reports, List<Question<?>> questions, boolean replicasChanged) {}

  private final Deque<Change> changes = new ArrayDeque<>();
  private final Deque<List<TenantTraffic>> reports = new ArrayDeque<>();
  private final Deque<Question<?>> questions = new ArrayDeque<>();
  private int reportedTenants;
  private long reportsDropped;
  private boolean replicasChanged;
  private boolean watched;
  private boolean closed;

  synchronized void replicasChanged() {
    replicasChanged = true;
    notifyAll();
  }

  /** Ends the wait of {@link #take}: somebody watches how things stand. */
  synchronized void watched() {
    watched = true;
    notifyAll();
  }

  /**
   * Takes a Dispatcher's report. When reports name more tenants than are remembered anyway, the
   * eldest reports are dropped.
   *
   * @param maxTenants remembered tenants
   */
  synchronized void report(List<TenantTraffic> traffic, int maxTenants) {
    reports.add(traffic);
    reportedTenants += traffic.size();
    while (reports.size() > 1 && reportedTenants > maxTenants) {
      reportedTenants -= reports.remove().size();
      reportsDropped++;
      LOG.log(System.Logger.Level.DEBUG, "{0} traffic reports were dropped", reportsDropped);
    }
    notifyAll();
  }

  /** Takes a question; throws {@code OVERLOADED} or {@code NO_REPLICA}. */
  synchronized <T> CompletableFuture<T> ask(Function<PlacementOwner, T> look) {
    refuseWhenClosed();
    if (questions.size() >= MAX_WAITING_QUESTIONS) {
      throw new ServingException(ErrorCode.OVERLOADED, "too many questions are waiting");
    }
    Question<T> question = new Question<>(look, new CompletableFuture<>());
    questions.add(question);
    notifyAll();
    return question.answer();
  }

  /** Takes a change; throws {@code OVERLOADED} or {@code NO_REPLICA}. */
  synchronized CompletableFuture<Generation> change(
      SortedMap<TenantId, String> mapping, Deadline deadline) {
    refuseWhenClosed();
    if (changes.size() >= MAX_WAITING_CHANGES) {
      throw new ServingException(
          ErrorCode.OVERLOADED, "too many changes of the dedicated pool are waiting");
    }
    Change change = new Change(mapping, deadline, new CompletableFuture<>());
    changes.add(change);
    notifyAll();
    return change.done();
  }

  private void refuseWhenClosed() {
    if (closed) {
      throw shuttingDown();
    }
  }

  /**
   * Waits until there is something to do or the deadline passes.
   *
   * @param impatient not to wait at all
   * @return empty when closed
   */
  synchronized Optional<Batch> take(Deadline deadline, boolean impatient)
      throws InterruptedException {
    while (changes.isEmpty()
        && reports.isEmpty()
        && questions.isEmpty()
        && !replicasChanged
        && !watched
        && !closed
        && !deadline.passed()
        && !impatient) {
      wait(Math.max(1, deadline.remainingMillis()));
    }
    if (closed) {
      return Optional.empty();
    }
    Batch batch = new Batch(List.copyOf(reports), List.copyOf(questions), replicasChanged);
    reports.clear();
    reportedTenants = 0;
    questions.clear();
    replicasChanged = false;
    watched = false;
    return Optional.of(batch);
  }

  synchronized Optional<Change> nextChange() {
    return Optional.ofNullable(changes.poll());
  }

  /** Puts a change back before all others. */
  synchronized void tryAgain(Change change) {
    changes.addFirst(change);
  }

  /** Waits until {@code done}, which is looked at every 100 ms, closed, or the deadline. */
  synchronized void await(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    while (!closed && !deadline.passed() && !done.getAsBoolean()) {
      wait(Math.max(1, Math.min(100, deadline.remainingMillis())));
    }
  }

  synchronized boolean closed() {
    return closed;
  }

  /** Takes nothing more; {@link #take} ends. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Closes, and fails whatever waits. */
  synchronized void failWaiting() {
    closed = true;
    for (@Nullable Change change = changes.poll(); change != null; change = changes.poll()) {
      change.done().completeExceptionally(shuttingDown());
    }
    questions.forEach(question -> question.answer().completeExceptionally(shuttingDown()));
    questions.clear();
  }

  static ServingException shuttingDown() {
    return new ServingException(ErrorCode.NO_REPLICA, "SharedMemory is shutting down");
  }
}
