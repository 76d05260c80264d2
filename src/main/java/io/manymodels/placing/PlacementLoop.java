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
import io.manymodels.placing.PlacementInbox.Batch;
import io.manymodels.placing.PlacementInbox.Change;
import io.manymodels.placing.PlacementStatus.Activity;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.threads.Awaiting;
import io.manymodels.threads.Threads;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The one thread that owns placement: it takes what is in the inbox and has the owner act on it,
 * round by round. Operators' changes go before traffic. Thread-safe.
 */
public final class PlacementLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PlacementLoop.class.getName());
  private static final String TIMED_OUT =
      "the change was not live everywhere in time; it may still become so";
  private static final Duration MIN_RETRY = Duration.ofMillis(200);
  private static final Duration FIND_REPLICAS = Duration.ofSeconds(5);

  private final ApplicationConfig application;
  private final ReplicaDirectory directory;
  private final TableBoard board;
  private final Ticker ticker;
  private final ReplicaCommands commands;
  private final HotFleet fleet;
  private final PlacementOwner owner;
  private final Thread thread = Threads.daemon("placement-owner", this::run);

  private final PlacementInbox inbox = new PlacementInbox();
  private volatile PlacementConfig config;
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
    directory.onChange(inbox::replicasChanged);
    thread.start();
  }

  public void reconfigure(PlacementConfig changed) {
    config = changed;
    inbox.wake();
  }

  /**
   * Takes a Dispatcher's report. Does not block: when more wait than can be remembered anyway, the
   * eldest are dropped.
   */
  public void answered(List<TenantTraffic> traffic) {
    inbox.report(traffic, config.knownTenants());
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
    return Awaiting.result(inbox.ask(look), deadline, "placement is busy moving models");
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
    Generation live = Awaiting.result(inbox.change(mapping, deadline), deadline, TIMED_OUT);
    try {
      if (!board.awaitAcknowledged(live, deadline)) {
        throw timedOut();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw PlacementInbox.shuttingDown();
    }
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
        status = status(owner, fleet, board);
      }
    } catch (DeposedException e) {
      LOG.log(System.Logger.Level.WARNING, e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(System.Logger.Level.DEBUG, "interrupted");
    } finally {
      inbox.failWaiting();
    }
  }

  /** How things stand; to be called by the owner's thread. */
  static PlacementStatus status(PlacementOwner owner, HotFleet fleet, TableBoard board) {
    TrafficStatistics statistics = owner.statistics();
    return new PlacementStatus(
        owner.table(),
        owner.capacities(),
        owner.refusals(),
        fleet.reports(),
        new Activity(
            statistics.totals(),
            statistics.size(),
            statistics.halfLife(),
            owner.promotions(),
            owner.evictions(),
            board.readerCount(),
            board.lastPush()));
  }

  private void awaitReplicas() throws InterruptedException {
    inbox.await(
        () -> application.hot().stream().noneMatch(name -> directory.replicas(name).isEmpty()),
        Deadline.after(FIND_REPLICAS, ticker));
  }

  private void recover() throws InterruptedException {
    while (!inbox.closed()) {
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
    Optional<Batch> taken = inbox.take(nextReconcile, owner.unloadsPending());
    if (taken.isEmpty()) {
      return false;
    }
    Batch batch = taken.get();
    PlacementConfig now = config;
    owner.reconfigure(now);
    if (batch.replicasChanged() || nextReconcile.passed()) {
      nextReconcile = Deadline.after(Duration.ofMillis(now.reconcileMs()), ticker);
      attempt(owner::reconcile);
    }
    Optional<Change> change = inbox.nextChange();
    if (change.isPresent()) {
      attempt(() -> carryOut(change.get()));
    }
    batch.reports().forEach(owner::answered);
    attempt(owner::decide);
    batch.questions().forEach(question -> question.answer(owner));
    attempt(this::unloadDeparted);
    return true;
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
          && change.deadline().remaining().compareTo(MIN_RETRY) > 0) {
        retry(change);
      } else {
        change.done().completeExceptionally(e);
      }
    } catch (DeposedException e) {
      change.done().completeExceptionally(PlacementInbox.shuttingDown());
      throw e;
    } catch (RuntimeException e) {
      change.done().completeExceptionally(e);
      throw e;
    }
  }

  /** A hot replica is restarting: its deployment takes the change as soon as it is back. */
  private void retry(Change change) throws InterruptedException {
    inbox.tryAgain(change);
    pause();
    nextReconcile = Deadline.after(Duration.ZERO, ticker);
  }

  private void pause() throws InterruptedException {
    inbox.await(() -> false, Deadline.after(MIN_RETRY, ticker));
  }

  @Override
  public void close() {
    inbox.close();
    thread.interrupt();
    commands.close();
  }
}
