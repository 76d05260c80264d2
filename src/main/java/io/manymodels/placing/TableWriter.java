package io.manymodels.placing;

import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.EvictionCause;
import io.manymodels.placement.Generation;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.placement.PlacementHistory;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The placement table of this SharedMemory, the state it was made from, and the generation of its
 * next command. A change is written to the store, published and noted, in this order.
 * Thread-confined.
 */
final class TableWriter {
  private static final System.Logger LOG = System.getLogger(TableWriter.class.getName());

  private final PlacementStore store;
  private final TableBoard board;
  private final PlacementHistory history;
  private final Ticker ticker;
  private final HotCapacities unconfigured;
  private PlacementConfig config;
  private Generation stamp = Generation.NONE;
  private PlacementTable table = PlacementTable.EMPTY;
  private PlacementState state = PlacementState.EMPTY;
  private HotCapacities capacities;
  private Deadline settling;
  private long evictions;

  /**
   * @param deployments the hot ones, in order
   */
  TableWriter(
      Collection<String> deployments,
      PlacementStore store,
      TableBoard board,
      PlacementConfig config,
      Ticker ticker) {
    this.store = store;
    this.board = board;
    this.config = config;
    this.ticker = ticker;
    this.history = new PlacementHistory(ticker);
    this.settling = Deadline.after(Duration.ZERO, ticker);
    Map<String, HotConfig> defaults = new LinkedHashMap<>();
    deployments.forEach(name -> defaults.put(name, HotConfig.DEFAULT));
    this.unconfigured = new HotCapacities(defaults);
    this.capacities = unconfigured;
  }

  void reconfigure(PlacementConfig changed) {
    config = changed;
  }

  PlacementTable table() {
    return table;
  }

  /** The state in the store. */
  PlacementState state() {
    return state;
  }

  /** The capacities that the user_configs in force give. */
  HotCapacities capacities() {
    return capacities;
  }

  /** The recent decisions; may be read by other threads. */
  PlacementHistory history() {
    return history;
  }

  long evictions() {
    return evictions;
  }

  /** Starts a new term and reads the state; throws {@code STORE_UNAVAILABLE}. */
  void startTerm() {
    long term = store.startTerm();
    adopt(store.read());
    stamp = new Generation(term, 0);
  }

  /**
   * What an earlier owner remembered. It helps, but is not needed: without it this SharedMemory
   * begins anew.
   */
  RememberedPlacement recall() {
    try {
      return store.remembered().orElse(RememberedPlacement.NOTHING);
    } catch (ServingException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "begins without the decisions and places of before: {0}",
          e.getMessage());
      return RememberedPlacement.NOTHING;
    }
  }

  /** The generation of the last command or table. */
  Generation stamp() {
    return stamp;
  }

  Generation nextStamp() {
    stamp = stamp.next();
    return stamp;
  }

  /** A replica that obeys a later owner refuses our commands, whatever it holds by chance. */
  void endWhenDeposed(long latestTerm) {
    if (latestTerm > stamp.term()) {
      throw new DeposedException();
    }
  }

  void write(PlacementState next) {
    if (!store.write(stamp.term(), next)) {
      throw new DeposedException();
    }
    adopt(next);
  }

  private void adopt(PlacementState next) {
    state = next;
    HotCapacities configured = unconfigured;
    for (Map.Entry<String, HotConfig> declared : next.declared().entrySet()) {
      if (unconfigured.has(declared.getKey())) {
        configured = configured.with(declared.getKey(), declared.getValue());
      }
    }
    capacities = configured;
  }

  /** Publishes the table with which this SharedMemory begins. */
  void begin(PlacementTable found) {
    publish(found);
  }

  /**
   * Goes on with the history of before, and notes in what the table that was found differs from the
   * places that are remembered.
   *
   * @param awaited who may still get a place that is remembered
   */
  void goOn(RememberedPlacement before, Set<TenantId> awaited) {
    history.begin(stamp.term(), before);
    history.changed(
        PlacementPlanner.withoutPlaces(
            PlacementTable.of(Generation.NONE, before.places()), awaited),
        table,
        Kind.FOUND,
        EvictionCause.POOL_CHANGED,
        "SharedMemory took over and found it loaded, or its pin stored");
  }

  /** Publishes a change that traffic did not make, and notes what it changes. */
  void change(PlacementTable next, EvictionCause cause, String reason) {
    PlacementTable before = table;
    publish(next.as(nextStamp()));
    evictions += PlacementPlanner.departures(before, table).size();
    history.changed(before, table, Kind.PLACED, cause, reason);
  }

  /** Publishes a change that the caller notes, or that only gives back what was there before. */
  void publishNext(PlacementTable next) {
    publish(next.as(nextStamp()));
  }

  void countEvictions(int more) {
    evictions += more;
  }

  private void publish(PlacementTable next) {
    table = next;
    settling = Deadline.after(Duration.ofMillis(config.acknowledgeMs()), ticker);
    board.publish(next);
  }

  /** Whether no Dispatcher that is not gone routes by an older table. */
  boolean settled() {
    return settling.passed() || board.acknowledged(table.generation());
  }
}
