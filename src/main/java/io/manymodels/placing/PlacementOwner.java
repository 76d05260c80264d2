package io.manymodels.placing;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.EvictionCause;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementHistory;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementRecovery;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.placement.TrafficDecisions;
import io.manymodels.placing.VersionSwitches.VersionSwitched;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The only writer of the placement table: every change is made here, one after the other, as load
 * on the target, write what must survive, publish, and unload once every Dispatcher routes by the
 * new table. Thread-confined: {@link PlacementLoop} calls it.
 *
 * <p>The state that hot replicas hold is not remembered but asked for: {@link HotFleet#refresh} is
 * the picture, the table is the goal, and {@link #reconcile} closes the gap, whether it came from a
 * change, a restarted replica or a lost command.
 */
final class PlacementOwner {
  private static final System.Logger LOG = System.getLogger(PlacementOwner.class.getName());

  private final ApplicationConfig application;
  private final HotFleet fleet;
  private final Predicate<TenantId> hasModel;
  private final Ticker ticker;
  private final TrafficDecisions traffic;
  private final TableWriter writer;
  private final Readiness readiness;
  private final ConfiguredPlaces places;
  private final Restoration restoration;
  private final Promotions promotions;
  private PlacementConfig config;

  /**
   * @param hasModel as {@link io.manymodels.registry.ModelRegistry#hasModel}
   */
  PlacementOwner(
      ApplicationConfig application,
      HotFleet fleet,
      Handover handover,
      PlacementStore store,
      TableBoard board,
      Predicate<TenantId> hasModel,
      PlacementConfig config,
      Ticker ticker) {
    this.application = application;
    this.fleet = fleet;
    this.hasModel = hasModel;
    this.config = config;
    this.ticker = ticker;
    this.traffic = new TrafficDecisions(config, ticker);
    this.writer = new TableWriter(application.hot(), store, board, config, ticker);
    this.readiness = new Readiness(application.hot(), fleet, handover, writer);
    this.places =
        new ConfiguredPlaces(
            application.hot(), fleet, readiness, writer, traffic::statistics, hasModel, ticker);
    this.restoration =
        new Restoration(application.hot(), fleet, readiness, writer, traffic::statistics, ticker);
    this.promotions =
        new Promotions(application.hot(), fleet, readiness, writer, traffic, restoration);
  }

  void reconfigure(PlacementConfig changed) {
    config = changed;
    traffic.reconfigure(changed);
    writer.reconfigure(changed);
  }

  PlacementTable table() {
    return writer.table();
  }

  HotCapacities capacities() {
    return writer.capacities();
  }

  /** The recent decisions; may be read by other threads. */
  PlacementHistory history() {
    return writer.history();
  }

  TrafficStatistics statistics() {
    return traffic.statistics();
  }

  Explanation explain(TenantId tenant) {
    return traffic.explain(tenant, table(), capacities(), history(), restoration.awaited(tenant));
  }

  List<TenantId> busiestUnplaced(int limit) {
    return traffic.busiestUnplaced(table(), limit);
  }

  long promotions() {
    return promotions.count();
  }

  long evictions() {
    return writer.evictions();
  }

  /** Why a deployment's user_config or pins are not, or not wholly, in force; by deployment. */
  SortedMap<String, String> refusals() {
    return places.refusals();
  }

  /**
   * Takes over: a new term, the pins from the store, the other places from what the replicas hold.
   * Those that are only remembered are given back by {@link #restore}. Throws {@code
   * STORE_UNAVAILABLE}, after which it may be called again.
   */
  void recover() {
    writer.startTerm();
    fleet.refresh(writer.stamp());
    writer.begin(
        PlacementRecovery.recovered(
            writer.stamp(), capacities(), writer.state().pins(), fleet::heldByAll));
    // Only now that Dispatchers have a table: it may be large.
    RememberedPlacement before = writer.recall();
    restoration.begin(PlacementRecovery.toBeRestored(table(), before.places()));
    traffic.restore(before.traffic(), capacities().dynamicPlaces());
    writer.goOn(before, restoration.awaited().keySet());
    LOG.log(System.Logger.Level.INFO, "took over with table {0}", table());
  }

  /** Whether there are places to be given back now. */
  boolean restoring() {
    return !restoration.due().isEmpty();
  }

  /** Gives back some of the places that tenants had before a restart. */
  void restore() {
    restoration.step(loadDeadline());
  }

  /** How many tenants are to have a place again. */
  int awaited() {
    return restoration.awaited().size();
  }

  /** Whether {@link #recover} has succeeded. */
  boolean hasBegun() {
    return history().numberedSince() > 0;
  }

  /** What the next owner is to go on with. */
  RememberedPlacement remembered() {
    SortedMap<TenantId, Placement> now = new TreeMap<>(table().placements());
    restoration.awaited().forEach((tenant, name) -> now.put(tenant, new Placement(name, false)));
    SortedMap<TenantId, Placement> bounded = RememberedPlacement.bounded(now, statistics());
    return new RememberedPlacement(
        history().numberedSince(),
        history().all(),
        bounded,
        statistics().remember(RememberedPlacement.MAX_TENANTS, bounded::containsKey));
  }

  /**
   * Compares what the replicas hold and are configured to with the table, and closes the gap.
   *
   * @throws ServingException when a store holds up a user_config; all else is done nevertheless
   */
  void reconcile() {
    fleet.refresh(writer.nextStamp());
    fleet.switched().forEach(this::note);
    writer.endWhenDeposed(fleet.latestTerm());
    try {
      places.applyDeclarations(restoration::awaits, loadDeadline());
    } catch (ServingException e) {
      closeGap();
      throw e;
    }
    closeGap();
  }

  private void note(VersionSwitched of) {
    history().switched(of.tenant(), of.deployment(), table().generation(), of.before(), of.now());
  }

  private void closeGap() {
    fleet.weigh(capacities(), statistics());
    relieveOverweight();
    places.takeOut(fleet.loadMissing(table(), writer.nextStamp(), loadDeadline()));
    unloadDeparted();
    places.bringBack(loadDeadline());
  }

  /** Unloads what the table no longer places, once no Dispatcher routes to it any more. */
  void unloadDeparted() {
    if (!writer.settled()) {
      return;
    }
    for (String deployment : application.hot()) {
      Set<TenantId> wanted = new TreeSet<>(table().tenantsOf(deployment));
      restoration.awaited().keySet().stream()
          .filter(tenant -> isReturning(tenant, deployment))
          .forEach(wanted::add);
      fleet.unloadExtra(deployment, wanted, writer.nextStamp(), loadDeadline());
    }
    writer.endWhenDeposed(fleet.latestTerm());
  }

  /** Whether it was loaded to have a place here, and too late for the round in which it was. */
  private boolean isReturning(TenantId tenant, String deployment) {
    return restoration.awaited(tenant).filter(deployment::equals).isPresent();
  }

  /** Whether there is a model to unload that Dispatchers may still route to. */
  boolean unloadsPending() {
    return application.hot().stream()
        .anyMatch(
            deployment ->
                fleet.holdsExtra(
                    deployment,
                    tenant ->
                        table().places(tenant, deployment) || isReturning(tenant, deployment)));
  }

  /** Takes traffic that was answered. */
  void answered(List<TenantTraffic> answered) {
    traffic.record(answered);
  }

  /** Promotes the tenants whose traffic so far is worth a place. */
  void decide() {
    promotions.decide(this::loadDeadline);
  }

  /**
   * Replaces the dedicated pool, wholly or not at all. When it returns the change is durable and
   * published; the caller waits for the Dispatchers.
   *
   * @return the generation in which the change is live
   * @throws ServingException {@code DEDICATED_POOL_REFUSED} with every wrong name, {@code
   *     NO_REPLICA}, {@code STORE_UNAVAILABLE}, or why a model could not be loaded
   */
  Generation replaceDedicatedPool(SortedMap<TenantId, String> mapping, Deadline deadline) {
    PlacementPlanner.requireApplicable(capacities(), mapping, hasModel);
    PlacementTable next =
        PlacementPlanner.replacePins(table(), capacities(), mapping, statistics());
    SortedMap<TenantId, LoadFailure> failures = readiness.load(next, capacities(), deadline);
    if (!failures.isEmpty()) {
      LoadFailure first = failures.values().iterator().next();
      throw new ServingException(first.code(), "nothing was changed: " + first.detail());
    }
    readiness.handOver(next, deadline);
    SortedMap<TenantId, String> before = writer.state().pins();
    writer.write(new PlacementState(mapping, writer.state().declared()));
    places.pinsReplaced(before, mapping);
    writer.change(next, EvictionCause.POOL_CHANGED, "the dedicated pool was replaced");
    LOG.log(System.Logger.Level.INFO, "dedicated pool is now {0}", mapping);
    return table().generation();
  }

  /** Has tenants leave where models turned out heavier than the deployment may hold. */
  private void relieveOverweight() {
    PlacementTable next =
        PlacementPlanner.relieve(table(), capacities(), statistics(), fleet::heldBytes);
    if (next != table()) {
      readiness.announce(next, loadDeadline());
      writer.change(next, EvictionCause.OVERWEIGHT, "the models were heavier than capacity_mib");
    }
  }

  private Deadline loadDeadline() {
    return Deadline.after(Duration.ofMillis(config.loadTimeoutMs()), ticker);
  }
}
