package io.manymodels.tools.simulation;

import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementDecision;
import io.manymodels.placement.PlacementDecision.Promotion;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.TrafficDecisions;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.Served;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.time.Ticker;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The production policy, in the trace's time. Requests are counted and reported as a Dispatcher
 * does, and the same {@link TrafficDecisions} decides with default settings. Only the work of a
 * decision is left out: a promoted model is loaded at once.
 */
final class Ours implements SimulatedPolicy {
  private static final int COUNTED_TENANTS = 10_000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** All models cost the same: a trace does not say more. */
  private static final ModelCost COST = new ModelCost(40_000, 2_000);

  @Override
  public String name() {
    return "ours";
  }

  @Override
  public Outcome replay(Trace trace, Places places) {
    return new Replay(trace, places).run();
  }

  /** Time as the trace tells it. */
  private static final class TraceTime implements Ticker {
    private long millis;

    @Override
    public long nanos() {
      return millis * NANOS_PER_MILLI;
    }

    @Override
    public Instant now() {
      return Instant.ofEpochMilli(millis);
    }
  }

  private static final class Replay {
    private final Trace trace;
    private final HitTally tally;
    private final TraceTime time = new TraceTime();
    private final TrafficCounter counter = new TrafficCounter(COUNTED_TENANTS);
    private final TrafficDecisions decisions;
    private final HotCapacities capacities;
    private final ModelRef[] models;
    private PlacementTable table = PlacementTable.EMPTY;

    private Replay(Trace trace, Places places) {
      this.trace = trace;
      this.tally = new HitTally("ours", trace);
      this.time.millis = trace.millis(0);
      this.decisions = new TrafficDecisions(PlacementConfig.DEFAULT, time);
      int each = Math.min(places.capacityEach(), HotConfig.MAX_CAPACITY);
      Map<String, HotConfig> configs = new LinkedHashMap<>();
      for (int i = 1; i <= places.deployments(); i++) {
        configs.put("Deployment" + i, new HotConfig(List.of(), each, Pool.DYNAMIC));
      }
      this.capacities = new HotCapacities(configs);
      ModelVersion version = new ModelVersion(1);
      this.models =
          trace.tenants().stream()
              .map(tenant -> new ModelRef(tenant, version))
              .toArray(ModelRef[]::new);
    }

    private Outcome run() {
      long reported = time.millis;
      int counted = 0;
      for (int i = 0; i < trace.size(); i++) {
        time.millis = trace.millis(i);
        if (time.millis - reported >= TrafficCounter.INTERVAL.toMillis()
            || counted >= TrafficCounter.EARLY) {
          round();
          reported = time.millis;
          counted = 0;
        }
        ModelRef model = models[trace.tenant(i)];
        boolean hit = table.placement(model.tenant()).isPresent();
        tally.request(hit);
        counter.record(model, hit ? Served.HIT : Served.LOAD, COST);
        counted++;
      }
      return tally.outcome();
    }

    private void round() {
      decisions.record(counter.drain());
      List<PlacementDecision> decided = decisions.decide(table, capacities);
      table = TrafficDecisions.apply(table, decided, Set.of());
      for (PlacementDecision decision : decided) {
        if (decision instanceof Promotion promotion) {
          tally.promotion();
          promotion.victims().forEach(victim -> tally.eviction());
        }
      }
    }
  }
}
