package io.manymodels.placing;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementHistory;
import io.manymodels.placement.PlacementStore;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.threads.Awaiting;
import io.manymodels.threads.Threads;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns placement, and the queues that lead to it. Operators' changes go before
 * traffic. Thread-safe.
 */
public final class PlacementLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PlacementLoop.class.getName());
  private static final String TIMED_OUT =
      "the change was not live everywhere in time; it may still become so";
  private static final int MAX_WAITING_CHANGES = 100;
  private static final int MAX_WAITING_QUESTIONS = 100;
  private static final Duration SHORTEST_RETRY = Duration.ofMillis(200);
  private static final Duration FIND_REPLICAS = Duration.ofSeconds(5);

  private record Change(
      SortedMap<TenantId, String> mapping, Deadline deadline, CompletableFuture<Generation> done) {}

  /** Something that only the owner's thread may look at. */
  private record Question<T>(Function<PlacementOwner, T> look, CompletableFuture<T> answer) {
    void answer(PlacementOwner owner) {
      try {
        answer.complete(look.apply(owner));
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    }
  }

  private final ApplicationConfig application;
  private final ReplicaDirectory directory;
  private final TableBoard board;
  private final Ticker ticker;
  private final ReplicaCommands commands;
  private final HotFleet fleet;
  private final PlacementOwner owner;
  private final Thread thread = Threads.daemon("placement-owner", this::run);

  private final Deque<Change> changes = new ArrayDeque<>();
  private final Deque<List<TenantTraffic>> reports = new ArrayDeque<>();
  private final Deque<Question<?>> questions = new ArrayDeque<>();
  private int reportedTenants;
  private long reportsDropped;
  private boolean directoryChanged;
  private boolean closed;
  private PlacementConfig config;
  private Deadline nextReconcile;
  private volatile PlacementStatus status = PlacementStatus.STARTING;

  public PlacementLoop(
      ApplicationConfig application,
      ReplicaDirectory directory,
      HotReplicas hot,
      OverflowReplicas overflow,
      PlacementStore store,
      TableBoard board,
      Predicate<TenantId> hasModel,
      PlacementConfig config,
      Ticker ticker) {
    this.application = application;
    this.directory = directory;
    this.board = board;
    this.config = config;
    this.ticker = ticker;
    this.nextReconcile = Deadline.after(Duration.ZERO, ticker);
    this.commands = new ReplicaCommands(directory, ticker);
    this.fleet = new HotFleet(directory, hot, application.hot(), commands, ticker);
    Handover handover = new Handover(commands, overflow, application.overflow());
    this.owner =
        new PlacementOwner(application, fleet, handover, store, board, hasModel, config, ticker);
  }

  public void start() {
    directory.onChange(this::onDirectoryChange);
    thread.start();
  }

  private synchronized void onDirectoryChange() {
    directoryChanged = true;
    notifyAll();
  }

  public synchronized void reconfigure(PlacementConfig changed) {
    config = changed;
    notifyAll();
  }

  /**
   * Takes a Dispatcher's report. Does not block: when more wait than can be remembered anyway, the
   * eldest are dropped.
   */
  public synchronized void answered(List<TenantTraffic> traffic) {
    reports.add(traffic);
    reportedTenants += traffic.size();
    while (reports.size() > 1 && reportedTenants > config.knownTenants()) {
      reportedTenants -= reports.remove().size();
      reportsDropped++;
      LOG.log(System.Logger.Level.DEBUG, "{0} traffic reports were dropped", reportsDropped);
    }
    notifyAll();
  }

  /**
   * Why the tenant is where it is, and what would move it.
   *
   * @throws ServingException {@code OVERLOADED} when too many ask, {@code DEADLINE_EXCEEDED},
   *     {@code NO_REPLICA}
   */
  public Explanation explain(TenantId tenant, Deadline deadline) {
    return ask(owner -> owner.explain(tenant), deadline);
  }

  /**
   * The tenants asked for most of those whom Deploymentx serves, the most asked first. Throws as
   * {@link #explain}.
   *
   * @param limit how many at most
   */
  public List<TenantId> busiestUnplaced(int limit, Deadline deadline) {
    return ask(owner -> owner.busiestUnplaced(limit), deadline);
  }

  private <T> T ask(Function<PlacementOwner, T> look, Deadline deadline) {
    Question<T> question = new Question<>(look, new CompletableFuture<>());
    synchronized (this) {
      if (closed) {
        throw shuttingDown();
      }
      if (questions.size() >= MAX_WAITING_QUESTIONS) {
        throw new ServingException(ErrorCode.OVERLOADED, "too many questions are waiting");
      }
      questions.add(question);
      notifyAll();
    }
    return Awaiting.result(question.answer(), deadline, "placement is busy moving models");
  }

  /** What was decided lately. */
  public PlacementHistory history() {
    return owner.history();
  }

  /**
   * Replaces the dedicated pool and waits until every Dispatcher routes by it.
   *
   * @throws ServingException as the owner does; {@code OVERLOADED} when too many changes wait;
   *     {@code DEADLINE_EXCEEDED}, after which the change may or may not have been made
   */
  public void replaceDedicatedPool(SortedMap<TenantId, String> mapping, Deadline deadline) {
    Change change = new Change(mapping, deadline, new CompletableFuture<>());
    synchronized (this) {
      if (closed) {
        throw shuttingDown();
      }
      if (changes.size() >= MAX_WAITING_CHANGES) {
        throw new ServingException(
            ErrorCode.OVERLOADED, "too many changes of the dedicated pool are waiting");
      }
      changes.add(change);
      notifyAll();
    }
    Generation live = Awaiting.result(change.done(), deadline, TIMED_OUT);
    try {
      if (!board.awaitAcknowledged(live, deadline)) {
        throw timedOut();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw shuttingDown();
    }
  }

  private static ServingException shuttingDown() {
    return new ServingException(ErrorCode.NO_REPLICA, "SharedMemory is shutting down");
  }

  private static ServingException timedOut() {
    return new ServingException(ErrorCode.DEADLINE_EXCEEDED, TIMED_OUT);
  }

  /** How things stood after the last round. */
  public PlacementStatus status() {
    return status;
  }

  /** Whether this is, or is about to become, the owner. False: another has taken over. */
  public boolean alive() {
    return thread.isAlive();
  }

  private void run() {
    try {
      awaitReplicas();
      recover();
      while (round()) {
        status = PlacementStatus.of(owner, fleet, board);
      }
    } catch (DeposedException e) {
      LOG.log(System.Logger.Level.WARNING, e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(System.Logger.Level.DEBUG, "interrupted");
    } finally {
      failWaiting();
    }
  }

  private synchronized void awaitReplicas() throws InterruptedException {
    Deadline deadline = Deadline.after(FIND_REPLICAS, ticker);
    while (!deadline.passed()
        && application.hot().stream().anyMatch(name -> directory.replicas(name).isEmpty())) {
      wait(Math.max(1, Math.min(100, deadline.remainingMillis())));
    }
  }

  private void recover() throws InterruptedException {
    while (true) {
      try {
        owner.recover();
        return;
      } catch (ServingException e) {
        LOG.log(System.Logger.Level.WARNING, "cannot take over yet: {0}", e.getMessage());
        pause();
      }
    }
  }

  private boolean round() throws InterruptedException {
    List<List<TenantTraffic>> answered;
    List<Question<?>> asked;
    boolean reconcile;
    PlacementConfig now;
    synchronized (this) {
      while (changes.isEmpty()
          && reports.isEmpty()
          && questions.isEmpty()
          && !directoryChanged
          && !closed
          && !nextReconcile.passed()
          && !owner.unloadsPending()) {
        wait(Math.max(1, nextReconcile.remainingMillis()));
      }
      if (closed) {
        return false;
      }
      now = config;
      answered = List.copyOf(reports);
      reports.clear();
      reportedTenants = 0;
      asked = List.copyOf(questions);
      questions.clear();
      reconcile = directoryChanged || nextReconcile.passed();
      directoryChanged = false;
    }
    owner.reconfigure(now);
    if (reconcile) {
      nextReconcile = Deadline.after(Duration.ofMillis(now.reconcileMs()), ticker);
      attempt(owner::reconcile);
    }
    @Nullable Change change = nextChange();
    if (change != null) {
      attempt(() -> carryOut(change));
    }
    answered.forEach(owner::answered);
    attempt(owner::decide);
    asked.forEach(question -> question.answer(owner));
    attempt(this::unloadDeparted);
    return true;
  }

  private synchronized @Nullable Change nextChange() {
    return changes.poll();
  }

  private interface Step {
    void run() throws InterruptedException;
  }

  /** One step of a round: its failure must not keep the next from being made. */
  private static void attempt(Step step) throws InterruptedException {
    try {
      step.run();
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.WARNING, "placement round: {0}", e.getMessage());
    } catch (IllegalStateException e) {
      LOG.log(System.Logger.Level.ERROR, "placement round", e);
    }
  }

  private void unloadDeparted() throws InterruptedException {
    if (owner.unloadsPending()) {
      board.awaitAcknowledged(
          owner.table().generation(), Deadline.after(Duration.ofMillis(100), ticker));
      owner.unloadDeparted();
    }
  }

  private void carryOut(Change change) throws InterruptedException {
    if (change.deadline().passed()) {
      change.done().completeExceptionally(timedOut());
      return;
    }
    try {
      change.done().complete(owner.replaceDedicatedPool(change.mapping(), change.deadline()));
    } catch (ServingException e) {
      if (e.code() == ErrorCode.NO_REPLICA
          && change.deadline().remaining().compareTo(SHORTEST_RETRY) > 0) {
        retry(change);
      } else {
        change.done().completeExceptionally(e);
      }
    } catch (DeposedException e) {
      change.done().completeExceptionally(shuttingDown());
      throw e;
    } catch (RuntimeException e) {
      change.done().completeExceptionally(e);
      throw e;
    }
  }

  /** A hot replica is restarting: its deployment takes the change as soon as it is back. */
  private synchronized void retry(Change change) throws InterruptedException {
    changes.addFirst(change);
    pause();
    nextReconcile = Deadline.after(Duration.ZERO, ticker);
  }

  private synchronized void pause() throws InterruptedException {
    Deadline end = Deadline.after(SHORTEST_RETRY, ticker);
    while (!closed && !end.passed()) {
      wait(Math.max(1, end.remainingMillis()));
    }
  }

  private synchronized void failWaiting() {
    closed = true;
    for (@Nullable Change change = changes.poll(); change != null; change = changes.poll()) {
      change.done().completeExceptionally(shuttingDown());
    }
    questions.forEach(question -> question.answer().completeExceptionally(shuttingDown()));
    questions.clear();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    thread.interrupt();
    commands.close();
  }
}
