package io.manymodels.placing;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.placement.EvictionCause;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementDecision;
import io.manymodels.placement.PlacementDecision.Promotion;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.placement.PlacementHistory;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.TrafficDecisions;
import io.manymodels.placing.HotFleet.LoadFailure;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

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
  private final PlacementStore store;
  private final TableBoard board;
  private final Predicate<TenantId> hasModel;
  private final Ticker ticker;
  private final TrafficDecisions traffic;
  private final PlacementHistory history;
  private final Declarations declarations;
  private final Readiness readiness;

  private PlacementConfig config;
  private Generation stamp;
  private PlacementTable table = PlacementTable.EMPTY;
  private PlacementState state = PlacementState.EMPTY;
  private HotCapacities capacities;
  private Deadline settling;
  private long promotions;
  private long evictions;

  /**
   * @param hasModel whether a tenant has a model in the registry; may throw {@link
   *     ServingException}
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
    this.readiness = new Readiness(application.hot(), fleet, handover);
    this.store = store;
    this.board = board;
    this.hasModel = hasModel;
    this.config = config;
    this.ticker = ticker;
    this.traffic = new TrafficDecisions(config, ticker);
    this.history = new PlacementHistory(ticker);
    this.declarations = new Declarations(application.hot(), ticker);
    this.stamp = Generation.NONE;
    this.settling = Deadline.after(Duration.ZERO, ticker);
    Map<String, HotConfig> defaults = new LinkedHashMap<>();
    application.hot().forEach(name -> defaults.put(name, HotConfig.DEFAULT));
    this.capacities = new HotCapacities(defaults);
  }

  void reconfigure(PlacementConfig changed) {
    config = changed;
    traffic.reconfigure(changed);
  }

  PlacementTable table() {
    return table;
  }

  HotCapacities capacities() {
    return capacities;
  }

  /** What was decided lately; may be read by other threads. */
  PlacementHistory history() {
    return history;
  }

  TrafficStatistics statistics() {
    return traffic.statistics();
  }

  Explanation explain(TenantId tenant) {
    return traffic.explain(tenant, table, capacities, history);
  }

  List<TenantId> busiestUnplaced(int limit) {
    return traffic.busiestUnplaced(table, limit);
  }

  long promotions() {
    return promotions;
  }

  long evictions() {
    return evictions;
  }

  /** Why a deployment's user_config is not in force, by deployment. */
  SortedMap<String, String> refusals() {
    return declarations.refusals();
  }

  /**
   * Takes over: a new term, the pins from the store, everything else from what the replicas hold.
   * Throws {@code STORE_UNAVAILABLE}, after which it may be called again.
   */
  void recover() {
    long term = store.startTerm();
    state = store.read();
    for (Map.Entry<String, HotConfig> declared : state.declared().entrySet()) {
      if (capacities.has(declared.getKey())) {
        capacities = capacities.with(declared.getKey(), declared.getValue());
      }
    }
    stamp = new Generation(term, 0);
    fleet.refresh(stamp);
    Map<TenantId, Placement> placements = new TreeMap<>();
    state
        .pins()
        .forEach(
            (tenant, deployment) -> {
              if (capacities.has(deployment)) {
                placements.put(tenant, new Placement(deployment, true));
              }
            });
    for (String deployment : application.hot()) {
      int free = capacities.capacity(deployment);
      free -= (int) state.pins().values().stream().filter(deployment::equals).count();
      for (TenantId tenant : fleet.heldByAll(deployment)) {
        if (free > 0 && capacities.dynamic(deployment) && !placements.containsKey(tenant)) {
          placements.put(tenant, new Placement(deployment, false));
          free--;
        }
      }
    }
    PlacementTable found = PlacementTable.of(stamp, placements);
    history.changed(
        PlacementTable.EMPTY,
        found,
        Kind.FOUND,
        EvictionCause.POOL_CHANGED,
        "SharedMemory took over and found it loaded, or its pin stored");
    publish(found);
    LOG.log(System.Logger.Level.INFO, "took over with table {0}", table);
  }

  /** Compares what the replicas hold and are configured to with the table, and closes the gap. */
  void reconcile() {
    fleet.refresh(nextStamp());
    endWhenDeposed();
    applyDeclarations();
    fleet.weigh(capacities, statistics());
    relieveOverweight();
    Set<TenantId> gone = fleet.loadMissing(table, this::nextStamp, loadDeadline());
    PlacementTable next = PlacementPlanner.without(table, gone);
    if (next != table) {
      change(next, Kind.PLACED, EvictionCause.MODEL_GONE, "the registry has no model of it");
    }
    unloadDeparted();
  }

  /** Unloads what the table no longer places, once no Dispatcher routes to it any more. */
  void unloadDeparted() {
    if (!settling.passed() && !board.acknowledged(table.generation())) {
      return;
    }
    for (String deployment : application.hot()) {
      fleet.unloadExtra(deployment, table.tenantsOf(deployment), this::nextStamp, loadDeadline());
    }
    endWhenDeposed();
  }

  /** Whether there is a model to unload that Dispatchers may still route to. */
  boolean unloadsPending() {
    return application.hot().stream()
        .anyMatch(
            deployment -> fleet.holdsExtra(deployment, tenant -> table.places(tenant, deployment)));
  }

  /** Takes traffic that was answered. */
  void answered(List<TenantTraffic> answered) {
    traffic.record(answered);
  }

  /** Promotes whom the traffic so far makes worth it. */
  void decide() {
    HotCapacities reachable = capacities.only(fleet.reachable(application.hot()));
    List<PlacementDecision> decisions = traffic.decide(table, reachable);
    SortedMap<TenantId, LoadFailure> failures =
        readiness.refuseDisplacements(decisions, loadDeadline());
    PlacementTable wanted = TrafficDecisions.apply(table, decisions, failures.keySet());
    if (wanted != table) {
      failures.putAll(load(wanted, capacities, loadDeadline()));
    }
    PlacementTable next = TrafficDecisions.apply(table, decisions, failures.keySet());
    if (next != table) {
      publish(next.as(nextStamp()));
    }
    decisions.forEach(decision -> note(decision, failures.get(decision.tenant())));
  }

  private void note(PlacementDecision decision, @Nullable LoadFailure failure) {
    if (failure != null) {
      String target = TrafficDecisions.target(decision);
      traffic.failed(decision.tenant());
      history.failed(decision, target, table.generation(), failure.detail());
      LOG.log(
          System.Logger.Level.WARNING,
          "not promoted: {0}: {1}",
          decision.tenant(),
          failure.detail());
      return;
    }
    history.decided(decision, table.generation());
    if (decision instanceof Promotion promotion) {
      promotions++;
      evictions += promotion.victims().size();
      LOG.log(System.Logger.Level.DEBUG, "promoted: {0}", decision);
    }
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
    List<Violation> violations = new ArrayList<>(PlacementPlanner.violations(capacities, mapping));
    for (TenantId tenant : mapping.keySet()) {
      if (!hasModel.test(tenant)) {
        violations.add(new Violation("/mapping/" + tenant, "tenant '" + tenant + "' has no model"));
      }
    }
    if (!violations.isEmpty()) {
      throw new ServingException(
          ErrorCode.DEDICATED_POOL_REFUSED, "the mapping was not applied", violations);
    }
    PlacementTable next = PlacementPlanner.replacePins(table, capacities, mapping, statistics());
    SortedMap<TenantId, LoadFailure> failures = load(next, capacities, deadline);
    if (!failures.isEmpty()) {
      LoadFailure first = failures.values().iterator().next();
      throw new ServingException(first.code(), "nothing was changed: " + first.detail());
    }
    readiness.handOver(table, next, deadline);
    write(new PlacementState(mapping, state.declared()));
    change(next, Kind.PLACED, EvictionCause.POOL_CHANGED, "the dedicated pool was replaced");
    LOG.log(System.Logger.Level.INFO, "dedicated pool is now {0}", mapping);
    return table.generation();
  }

  private void applyDeclarations() {
    Map<String, HotConfig> changed =
        declarations.changed(fleet::declared, state.declared(), capacities, table);
    if (changed.isEmpty()) {
      return;
    }
    declarations.refuseImpossible(changed, hasModel);
    SortedMap<TenantId, LoadFailure> failures =
        load(
            Declarations.apply(changed, table, capacities, statistics()),
            Declarations.capacities(changed, capacities),
            loadDeadline());
    declarations.refuseFailed(changed, failures);
    if (changed.isEmpty()) {
      return;
    }
    PlacementTable next = Declarations.apply(changed, table, capacities, statistics());
    readiness.handOver(table, next, loadDeadline());
    SortedMap<String, HotConfig> declared = new TreeMap<>(state.declared());
    declared.putAll(changed);
    write(new PlacementState(next.pins(), declared));
    capacities = Declarations.capacities(changed, capacities);
    change(
        next,
        Kind.PLACED,
        EvictionCause.RECONFIGURED,
        "the user_config of " + String.join(", ", changed.keySet()) + " changed");
    LOG.log(System.Logger.Level.INFO, "user_config in force: {0}", changed);
  }

  /** Has tenants leave where models turned out heavier than the deployment may hold. */
  private void relieveOverweight() {
    PlacementTable next =
        PlacementPlanner.relieve(table, capacities, statistics(), fleet::heldBytes);
    if (next != table) {
      readiness.announce(table, next, loadDeadline());
      change(
          next, Kind.PLACED, EvictionCause.OVERWEIGHT, "the models were heavier than capacity_mib");
    }
  }

  private SortedMap<TenantId, LoadFailure> load(
      PlacementTable next, HotCapacities nextCapacities, Deadline deadline) {
    SortedMap<TenantId, LoadFailure> failures =
        readiness.load(table, next, nextCapacities, this::nextStamp, deadline);
    endWhenDeposed();
    return failures;
  }

  /** A replica that obeys a later owner refuses our commands, whatever it holds by chance. */
  private void endWhenDeposed() {
    if (fleet.latestTerm() > stamp.term()) {
      throw new DeposedException();
    }
  }

  private void write(PlacementState next) {
    if (!store.write(stamp.term(), next)) {
      throw new DeposedException();
    }
    state = next;
  }

  /** Publishes a change that traffic did not make. */
  private void change(PlacementTable next, Kind placed, EvictionCause cause, String reason) {
    PlacementTable before = table;
    publish(next.as(nextStamp()));
    evictions += PlacementPlanner.departures(before, table).size();
    history.changed(before, table, placed, cause, reason);
  }

  private void publish(PlacementTable next) {
    table = next;
    settling = Deadline.after(Duration.ofMillis(config.acknowledgeMs()), ticker);
    board.publish(next);
  }

  private Generation nextStamp() {
    stamp = stamp.next();
    return stamp;
  }

  private Deadline loadDeadline() {
    return Deadline.after(Duration.ofMillis(config.loadTimeoutMs()), ticker);
  }
}
