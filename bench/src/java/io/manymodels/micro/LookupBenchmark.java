package io.manymodels.micro;

import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Where a request's tenant is placed, with 5,000 of 10,000 tenants placed. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LookupBenchmark {
  private static final int TENANTS = 10_000;
  private static final int PLACED = 5_000;
  private static final int DEPLOYMENTS = 10;
  private static final int DRAWS = 1 << 16;

  private final TenantId[] asked = new TenantId[DRAWS];
  private PlacementTable table = PlacementTable.EMPTY;
  private int next;

  /** Every asked tenant is an object of its own, equal to the table's. */
  @Setup(Level.Trial)
  public void fill() {
    Map<TenantId, Placement> placements = new HashMap<>();
    for (int i = 0; i < PLACED; i++) {
      String deployment = "Deployment" + (i % DEPLOYMENTS + 1);
      placements.put(Draws.tenant(i), new Placement(deployment, false));
    }
    table = PlacementTable.of(new Generation(1, 1), placements);
    int[] draws = Draws.zipf(TENANTS, 0.8, DRAWS, 1);
    for (int i = 0; i < DRAWS; i++) {
      asked[i] = Draws.tenant(draws[i]);
    }
  }

  /** One lookup. */
  @Benchmark
  public Optional<Placement> placement() {
    return table.placement(asked[next++ & DRAWS - 1]);
  }
}
