package io.manymodels.placing;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation;
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
  private static final Duration FIND_REPLICAS = Duration.ofSeconds(5);
  private static final Duration END = Duration.ofSeconds(2);

  /** For the round that is under way. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final ApplicationConfig application;
  private final ReplicaDirectory directory;
  private final TableBoard board;
  private final Ticker ticker;
  private final ReplicaCommands commands;
  private final HotFleet fleet;
  private final PlacementOwner owner;
  private final PlacementRecorder recorder;
  private final Thread thread = Threads.daemon("placement-owner", this::run);

  private final PlacementInbox inbox = new PlacementInbox();
  private final PoolChanges changes;
  private volatile PlacementConfig config;
  private final ReconcilePace reconciling;
  private boolean reconciled;
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
    this.reconciling = new ReconcilePace(ticker);
    this.changes = new PoolChanges(inbox, board);
    this.commands = new ReplicaCommands(directory, ticker);
    this.fleet = new HotFleet(directory, hot, application.hot(), commands, ticker);
    Handover handover = new Handover(commands, overflow, application.overflow());
    this.owner =
        new PlacementOwner(application, fleet, handover, store, board, hasModel, config, ticker);
    this.recorder = new PlacementRecorder(store, ticker);
  }

  public void start() {
    directory.onChange(inbox::replicasChanged);
    thread.start();
  }

  public void reconfigure(PlacementConfig changed) {
    config = changed;
    lookAnew();
  }

  /** Has it look now at what the replicas hold and are configured to. */
  public void lookAnew() {
    inbox.replicasChanged();
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

  /** The recent decisions. */
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
    changes.replace(mapping, deadline);
  }

  /** How things stood after the last round. */
  public PlacementStatus status() {
    return status;
  }

  /** As {@link #status}, for somebody who watches: what has changed is seen when he asks again. */
  public PlacementStatus watch() {
    inbox.watched();
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
        restWhenSettled();
      }
    } catch (DeposedException e) {
      LOG.log(System.Logger.Level.WARNING, e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(System.Logger.Level.DEBUG, "interrupted");
    } finally {
      inbox.failWaiting();
      recorder.finish(owner);
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
    String told = "";
    while (!inbox.closed()) {
      try {
        owner.recover();
        return;
      } catch (ServingException e) {
        String why = String.valueOf(e.getMessage());
        if (!why.equals(told)) {
          LOG.log(System.Logger.Level.WARNING, "cannot take over yet: {0}", why);
          told = why;
        }
        pause();
      }
    }
  }

  private boolean round() throws InterruptedException {
    Optional<Batch> taken =
        inbox.take(
            recorder.next(owner, reconciling.next()), owner.unloadsPending() || owner.restoring());
    if (taken.isEmpty()) {
      return false;
    }
    Batch batch = taken.get();
    PlacementConfig now = config;
    owner.reconfigure(now);
    reconciled = reconciling.due() || batch.replicasChanged();
    if (reconciled) {
      reconciling.begin(Duration.ofMillis(now.reconcileMs()));
      RoundStep.attempt(owner::reconcile);
    }
    Optional<Change> change = inbox.nextChange();
    if (change.isPresent()) {
      RoundStep.attempt(() -> carryOut(change.get()));
    }
    RoundStep.attempt(owner::restore);
    batch.reports().forEach(owner::answered);
    RoundStep.attempt(owner::decide);
    batch.questions().forEach(question -> question.answer(owner));
    RoundStep.attempt(this::unloadDeparted);
    recorder.offer(owner);
    return true;
  }

  private void restWhenSettled() {
    if (reconciled
        && owner.awaited() == 0
        && status.isSettled()
        && fleet.reachable(application.hot()).containsAll(application.hot())) {
      reconciling.rest();
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
    if (!changes.carryOut(change, owner)) {
      // Its deployment takes the change as soon as its replica is back.
      pause();
      reconciling.hurry();
    }
  }

  private void pause() throws InterruptedException {
    inbox.await(() -> false, Deadline.after(PoolChanges.RETRY_PAUSE, ticker));
  }

  /** Ends, and waits a few seconds for what the next owner needs to be written down. */
  @Override
  public void close() {
    inbox.close();
    // An interrupt would cut off what it writes to the placement store.
    join(SOON);
    thread.interrupt();
    commands.close();
    join(END);
    recorder.close();
  }

  private void join(Duration atMost) {
    try {
      thread.join(atMost.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
