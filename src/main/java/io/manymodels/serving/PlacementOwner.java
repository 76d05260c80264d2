package io.manymodels.serving;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.LastHits;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementDecision;
import io.manymodels.placement.PlacementDecision.Promote;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementPolicy;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementTable;
import io.manymodels.serving.HotFleet.LoadFailure;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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
  private final PlacementStore store;
  private final TableBoard board;
  private final Predicate<TenantId> hasModel;
  private final PlacementPolicy policy;
  private final Ticker ticker;
  private final LastHits hits;
  private final Declarations declarations;

  private PlacementConfig config;
  private Generation stamp;
  private PlacementTable table = PlacementTable.EMPTY;
  private PlacementState state = PlacementState.EMPTY;
  private HotCapacities capacities;
  private Deadline settling;
  private Deadline nextMoves;
  private int movesLeft;
  private long promotions;
  private long evictions;

  /**
   * @param hasModel whether a tenant has a model in the registry; may throw {@link
   *     ServingException}
   */
  PlacementOwner(
      ApplicationConfig application,
      HotFleet fleet,
      PlacementStore store,
      TableBoard board,
      Predicate<TenantId> hasModel,
      PlacementPolicy policy,
      PlacementConfig config,
      Ticker ticker) {
    this.application = application;
    this.fleet = fleet;
    this.store = store;
    this.board = board;
    this.hasModel = hasModel;
    this.policy = policy;
    this.config = config;
    this.ticker = ticker;
    this.hits = new LastHits(config.knownTenants());
    this.declarations = new Declarations(application.hot(), ticker);
    this.stamp = Generation.NONE;
    this.settling = Deadline.after(Duration.ZERO, ticker);
    this.nextMoves = Deadline.after(Duration.ZERO, ticker);
    Map<String, HotConfig> defaults = new LinkedHashMap<>();
    application.hot().forEach(name -> defaults.put(name, HotConfig.DEFAULT));
    this.capacities = new HotCapacities(defaults);
  }

  void reconfigure(PlacementConfig changed) {
    config = changed;
    hits.setMaximumSize(changed.knownTenants());
  }

  PlacementTable table() {
    return table;
  }

  HotCapacities capacities() {
    return capacities;
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
    publish(PlacementTable.of(stamp, placements));
    LOG.log(System.Logger.Level.INFO, "took over with table {0}", table);
  }

  /** Compares what the replicas hold and are configured to with the table, and closes the gap. */
  void reconcile() {
    fleet.refresh(nextStamp());
    endWhenDeposed();
    applyDeclarations();
    for (String deployment : application.hot()) {
      fleet.loadMissing(deployment, table.tenantsOf(deployment), this::nextStamp, loadDeadline());
    }
    unloadDeparted();
  }

  /** Unloads what the table no longer places, once no Dispatcher routes to it any more. */
  void unloadDeparted() {
    if (!settled()) {
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
        .anyMatch(deployment -> fleet.holdsExtra(deployment, table.tenantsOf(deployment)));
  }

  private boolean settled() {
    return settling.passed() || board.acknowledged(table.generation());
  }

  /** Takes tenants that were answered, the latest last, and promotes as the policy decides. */
  void hit(List<TenantId> tenants) {
    hits.record(tenants);
    if (nextMoves.passed()) {
      nextMoves = Deadline.after(Duration.ofSeconds(1), ticker);
      movesLeft = config.maxMovesPerSecond();
    }
    List<TenantId> candidates = new ArrayList<>(tenants);
    Collections.reverse(candidates);
    candidates.removeIf(tenant -> table.placement(tenant).isPresent());
    if (candidates.isEmpty() || movesLeft == 0) {
      return;
    }
    HotCapacities reachable = capacities.only(fleet.reachable(application.hot()));
    List<Promote> promotes = new ArrayList<>();
    for (PlacementDecision decision :
        policy.decide(table, reachable, hits, candidates, movesLeft)) {
      if (decision instanceof Promote promote) {
        promotes.add(promote);
      }
    }
    movesLeft -= promotes.size();
    promote(promotes);
  }

  private void promote(List<Promote> promotes) {
    if (promotes.isEmpty()) {
      return;
    }
    SortedMap<TenantId, LoadFailure> failures = load(after(promotes, Set.of()), loadDeadline());
    PlacementTable next = after(promotes, failures.keySet());
    failures.forEach(
        (tenant, why) ->
            LOG.log(System.Logger.Level.WARNING, "not promoted: {0}: {1}", tenant, why.detail()));
    if (next.placements().equals(table.placements())) {
      return;
    }
    for (Promote promote : promotes) {
      if (!failures.containsKey(promote.tenant())) {
        promotions++;
        evictions += promote.victim().isPresent() ? 1 : 0;
        LOG.log(
            System.Logger.Level.DEBUG,
            "promoted {0} to {1} for {2}: {3}",
            promote.tenant(),
            promote.deployment(),
            promote.victim(),
            promote.reason());
      }
    }
    publish(next.as(nextStamp()));
  }

  private PlacementTable after(List<Promote> promotes, Set<TenantId> failed) {
    Map<TenantId, Placement> placements = new TreeMap<>(table.placements());
    for (Promote promote : promotes) {
      if (!failed.contains(promote.tenant())) {
        promote.victim().ifPresent(placements::remove);
        placements.put(promote.tenant(), new Placement(promote.deployment(), false));
      }
    }
    return PlacementTable.of(table.generation(), placements);
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
    PlacementTable next = PlacementPlanner.replacePins(table, capacities, mapping, hits);
    SortedMap<TenantId, LoadFailure> failures = load(next, deadline);
    if (!failures.isEmpty()) {
      LoadFailure first = failures.values().iterator().next();
      throw new ServingException(first.code(), "nothing was changed: " + first.detail());
    }
    write(new PlacementState(mapping, state.declared()));
    publish(next.as(nextStamp()));
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
        load(Declarations.apply(changed, table, capacities, hits), loadDeadline());
    declarations.refuseFailed(changed, failures);
    if (changed.isEmpty()) {
      return;
    }
    PlacementTable next = Declarations.apply(changed, table, capacities, hits);
    SortedMap<String, HotConfig> declared = new TreeMap<>(state.declared());
    declared.putAll(changed);
    write(new PlacementState(next.pins(), declared));
    changed.forEach((name, applied) -> capacities = capacities.with(name, applied));
    publish(next.as(nextStamp()));
    LOG.log(System.Logger.Level.INFO, "user_config in force: {0}", changed);
  }

  /** Loads whatever {@code next} places and the table does not; returns what failed and why. */
  private SortedMap<TenantId, LoadFailure> load(PlacementTable next, Deadline deadline) {
    Map<String, List<TenantId>> arrivals = new LinkedHashMap<>();
    for (String deployment : application.hot()) {
      List<TenantId> arriving = List.copyOf(PlacementPlanner.arrivals(table, next, deployment));
      if (!arriving.isEmpty()) {
        arrivals.put(deployment, arriving);
      }
    }
    SortedMap<TenantId, LoadFailure> failures = fleet.load(arrivals, this::nextStamp, deadline);
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
