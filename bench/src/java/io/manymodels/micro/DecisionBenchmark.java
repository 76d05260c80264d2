package io.manymodels.micro;

import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementDecision;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.TrafficDecisions;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.time.Ticker;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A round of decisions at SharedMemory: a report of 1,000 tenants comes in while 100,000 are known
 * and all of 10 times 500 places are taken. Decisions are carried out before the next round,
 * outside the measured time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class DecisionBenchmark {
  private static final int KNOWN = 100_000;
  private static final int DEPLOYMENTS = 10;
  private static final int PLACES_EACH = 500;
  private static final int REPORTS = 64;
  private static final int REPORT_TENANTS = 1_000;
  private static final double EXPONENT = 0.8;

  /** Time as it would go by between two reports. */
  private static final class Rounds implements Ticker {
    private long nanos;

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public Instant now() {
      return Instant.EPOCH.plusNanos(nanos);
    }
  }

  private final Rounds time = new Rounds();
  private final List<List<TenantTraffic>> reports = new ArrayList<>();
  private final TrafficDecisions decisions = new TrafficDecisions(PlacementConfig.DEFAULT, time);
  private HotCapacities capacities = new HotCapacities(Map.of());
  private PlacementTable table = PlacementTable.EMPTY;
  private List<PlacementDecision> decided = List.of();
  private int next;

  /** Makes all tenants known, places the most frequent ones, and draws the reports. */
  @Setup(Level.Trial)
  public void fill() {
    ModelRef[] models = new ModelRef[KNOWN];
    List<TenantTraffic> first = new ArrayList<>();
    Map<TenantId, Placement> placements = new HashMap<>();
    for (int i = 0; i < KNOWN; i++) {
      models[i] = Draws.model(i);
      first.add(traffic(models[i], 1 + PLACES_EACH * DEPLOYMENTS / (i + 1)));
      if (i < PLACES_EACH * DEPLOYMENTS) {
        String deployment = "Deployment" + (i % DEPLOYMENTS + 1);
        placements.put(models[i].tenant(), new Placement(deployment, false));
      }
    }
    decisions.record(first);
    if (decisions.statistics().size() != KNOWN) {
      throw new IllegalStateException(decisions.statistics().size() + " tenants are known");
    }
    table = PlacementTable.of(new Generation(1, 1), placements);
    Map<String, HotConfig> configs = new LinkedHashMap<>();
    for (int i = 1; i <= DEPLOYMENTS; i++) {
      configs.put("Deployment" + i, new HotConfig(List.of(), PLACES_EACH, Pool.DYNAMIC));
    }
    capacities = new HotCapacities(configs);
    for (int i = 0; i < REPORTS; i++) {
      reports.add(report(models, i));
    }
  }

  private static List<TenantTraffic> report(ModelRef[] models, long seed) {
    Set<Integer> drawn = new LinkedHashSet<>();
    for (int number : Draws.zipf(KNOWN, EXPONENT, 10 * REPORT_TENANTS, seed)) {
      if (drawn.size() < REPORT_TENANTS) {
        drawn.add(number);
      }
    }
    return drawn.stream().sorted().map(number -> traffic(models[number], 1)).toList();
  }

  private static TenantTraffic traffic(ModelRef model, int requests) {
    return new TenantTraffic(model, requests, 0, 0, new ModelCost(100_000, 2_000));
  }

  /** Carries out what was decided, and lets the time between two reports go by. */
  @Setup(Level.Invocation)
  public void apply() {
    table = TrafficDecisions.apply(table, decided, Set.of());
    time.nanos += TrafficCounter.INTERVAL.toNanos();
  }

  /** One round. */
  @Benchmark
  public List<PlacementDecision> round() {
    decisions.record(reports.get(next++ & REPORTS - 1));
    decided = decisions.decide(table, capacities);
    return decided;
  }
}
