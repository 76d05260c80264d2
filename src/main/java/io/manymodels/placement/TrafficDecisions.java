package io.manymodels.placement;

import io.manymodels.config.PlacementConfig;
import io.manymodels.config.PolicyConfig;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Promotion;
import io.manymodels.stats.Demand;
import io.manymodels.stats.RememberedTraffic;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TenantWorth;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.stats.Worth;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Turns traffic into decisions. Combines the statistics, the policy that reads them, a limit on
 * moves per second (a token bucket of one second) and a pause for tenants whose promotion failed.
 * The simulator replays traces through this class. Thread-confined.
 */
public final class TrafficDecisions {
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);
  private static final double NANOS_PER_SECOND = 1e9;

  /** Between two rounds, unless there were requests enough to make it worth while. */
  private static final Duration ROUND = Duration.ofMillis(250);

  private static final int PLACES_A_REQUEST = 4;

  private final Ticker ticker;
  private final Map<TenantId, Deadline> paused = new HashMap<>();
  private PlacementConfig config;
  private TrafficStatistics statistics;
  private Admission admission;
  private int places;
  private double moves;
  private long movesAt;
  private long requests;
  private Deadline nextRound;

  public TrafficDecisions(PlacementConfig config, Ticker ticker) {
    this.ticker = ticker;
    this.config = config;
    this.statistics = statistics(config);
    this.admission = admission(config.policy());
    this.moves = config.maxMovesPerSecond();
    this.movesAt = ticker.nanos();
    this.nextRound = Deadline.after(Duration.ZERO, ticker);
  }

  private TrafficStatistics statistics(PlacementConfig now) {
    int seconds = now.policy().halfLifeSeconds();
    List<Duration> halfLives =
        seconds == 0 ? TrafficStatistics.LADDER : List.of(Duration.ofSeconds(seconds));
    return new TrafficStatistics(
        halfLives, now.knownTenants(), now.policy().overflowCostMs(), ticker);
  }

  private static Admission admission(PolicyConfig now) {
    return new Admission(now.admissionMargin(), now.admissionDeviations());
  }

  /** Puts other settings in force; with other half-lives, counting goes on by those before. */
  public void reconfigure(PlacementConfig changed) {
    if (changed.equals(config)) {
      return;
    }
    boolean sameHalfLife = changed.policy().halfLifeSeconds() == config.policy().halfLifeSeconds();
    config = changed;
    admission = admission(changed.policy());
    if (sameHalfLife) {
      statistics.setKnownTenants(changed.knownTenants());
      statistics.setOverflowMillis(changed.policy().overflowCostMs());
    } else {
      RememberedTraffic before =
          statistics.remember(RememberedPlacement.MAX_TENANTS, tenant -> false);
      statistics = statistics(changed);
      restore(before, places);
    }
  }

  /**
   * Goes on with the traffic that an earlier owner remembered. To be called before any other is
   * recorded.
   *
   * @param dynamicPlaces that traffic may fill
   */
  public void restore(RememberedTraffic before, int dynamicPlaces) {
    places = dynamicPlaces;
    statistics.setPlaces(places);
    statistics.restore(before);
  }

  /** Takes traffic that was answered. */
  public void record(Collection<TenantTraffic> traffic) {
    statistics.record(traffic);
    traffic.forEach(of -> requests += of.requests());
  }

  /**
   * Decides what to do now; see {@link PlacementPolicy#decide}. Returns nothing after too few
   * requests since the last round: a round looks at every place, so more places mean fewer rounds.
   */
  public List<PlacementDecision> decide(PlacementTable table, HotCapacities capacities) {
    places = capacities.dynamicPlaces();
    if (!nextRound.passed() && requests < Math.max(1, places / PLACES_A_REQUEST)) {
      return List.of();
    }
    nextRound = Deadline.after(ROUND, ticker);
    requests = 0;
    statistics.setPlaces(places);
    long now = ticker.nanos();
    double earned = (now - movesAt) / NANOS_PER_SECOND * config.maxMovesPerSecond();
    moves = Math.min(config.maxMovesPerSecond(), moves + earned);
    movesAt = now;
    paused.values().removeIf(Deadline::passed);
    Demand demand = paused.isEmpty() ? statistics : new Without(paused.keySet(), statistics);
    List<PlacementDecision> decisions =
        new PlacementPolicy(admission).decide(table, capacities, demand, (int) moves);
    moves -= decisions.stream().filter(Promotion.class::isInstance).count();
    return decisions;
  }

  /** The table after these decisions, but for those about tenants in {@code failed}. */
  public static PlacementTable apply(
      PlacementTable table, List<PlacementDecision> decisions, Set<TenantId> failed) {
    @Nullable Map<TenantId, Placement> placements = null;
    for (PlacementDecision decision : decisions) {
      if (decision instanceof Promotion promotion && !failed.contains(promotion.tenant())) {
        if (placements == null) {
          placements = new TreeMap<>(table.placements());
        }
        promotion.victims().forEach(placements::remove);
        placements.put(promotion.tenant(), new Placement(promotion.deployment(), false));
      }
    }
    return placements == null ? table : PlacementTable.of(table.generation(), placements);
  }

  /** Where a decision promotes its tenant to; empty when it promotes nobody. */
  public static String target(PlacementDecision decision) {
    return decision instanceof Promotion promotion ? promotion.deployment() : "";
  }

  /** A promotion could not be carried out: the tenant is no candidate for a while. */
  public void failed(TenantId tenant) {
    paused.put(tenant, Deadline.after(PAUSE_AFTER_FAILURE, ticker));
  }

  public TrafficStatistics statistics() {
    return statistics;
  }

  /** The tenants asked for most of those who have no place, the most asked first. */
  public List<TenantId> busiestUnplaced(PlacementTable table, int limit) {
    return statistics.above(0).stream()
        .filter(of -> table.placement(of.tenant()).isEmpty())
        .sorted(Comparator.comparingDouble((TenantWorth of) -> -of.worth().hits()))
        .limit(limit)
        .map(TenantWorth::tenant)
        .toList();
  }

  /**
   * Why the tenant is where it is, and what would move it.
   *
   * @param returning the deployment where it is about to be again after a restart
   */
  public Explanation explain(
      TenantId tenant,
      PlacementTable table,
      HotCapacities capacities,
      PlacementHistory history,
      Optional<String> returning) {
    PlacementExplainer explainer = new PlacementExplainer(admission);
    return returning
        .map(deployment -> explainer.ofReturning(tenant, deployment, statistics, history))
        .orElseGet(() -> explainer.explain(tenant, table, capacities, statistics, history));
  }

  /** The demand as if these had not been asked for. */
  private record Without(Set<TenantId> excluded, Demand all) implements Demand {
    @Override
    public Worth of(TenantId tenant) {
      return all.of(tenant);
    }

    @Override
    public List<TenantWorth> above(double benefit) {
      return all.above(benefit).stream().filter(w -> !excluded.contains(w.tenant())).toList();
    }

    @Override
    public Duration halfLife() {
      return all.halfLife();
    }
  }
}
