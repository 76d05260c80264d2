package io.manymodels.micro;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.Postmortems;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.Router;
import io.manymodels.scoring.Quarantine;
import io.manymodels.scoring.ScoreRequests;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A request from its tenant to the chosen replica and back, with limits, deadline, lookup, counting
 * and the futures between; the replica answers at once. 5,000 of 10,000 tenants are placed, each
 * deployment has two replicas, Deploymentx four.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouterBenchmark {
  private static final int TENANTS = 10_000;
  private static final int PLACED = 5_000;
  private static final int DEPLOYMENTS = 10;
  private static final int DRAWS = 1 << 16;
  private static final int AT_ONCE = 2;
  private static final String OVERFLOW = "Deploymentx";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Rows rows = Rows.matrix(1, 4, new double[] {5.1, 3.5, 1.4, 0.2});
  private TenantId[] placed = new TenantId[0];
  private TenantId[] others = new TenantId[0];
  private PlacementTable table = PlacementTable.EMPTY;
  private ScoreRequests requests = requests(new HashMap<>());
  private int next;

  /** Every asked tenant is an object of its own, equal to the table's. */
  @Setup(Level.Trial)
  public void fill() {
    Map<TenantId, Placement> placements = new HashMap<>();
    for (int i = 0; i < PLACED; i++) {
      placements.put(Draws.tenant(i), new Placement(hot(i % DEPLOYMENTS), false));
    }
    table = PlacementTable.of(new Generation(1, 1), placements);
    int[] draws = Draws.zipf(PLACED, 0.8, DRAWS, 1);
    placed = IntStream.of(draws).mapToObj(Draws::tenant).toArray(TenantId[]::new);
    others =
        IntStream.of(draws)
            .mapToObj(i -> Draws.tenant(PLACED + i % (TENANTS - PLACED)))
            .toArray(TenantId[]::new);
    Map<String, List<ReplicaId>> replicas = new HashMap<>();
    for (int i = 0; i < DEPLOYMENTS; i++) {
      replicas.put(hot(i), replicas(hot(i), 2));
    }
    replicas.put(OVERFLOW, replicas(OVERFLOW, 4));
    requests = requests(replicas);
  }

  /** A placed tenant. */
  @Benchmark
  public CompletableFuture<Scored> hot() {
    return score(placed[next++ & DRAWS - 1]);
  }

  /** A tenant without a place. */
  @Benchmark
  public CompletableFuture<Scored> overflow() {
    return score(others[next++ & DRAWS - 1]);
  }

  private CompletableFuture<Scored> score(TenantId tenant) {
    return requests.score(tenant, rows, table, Deadline.after(TIMEOUT, Ticker.SYSTEM), Span.NONE);
  }

  private ScoreRequests requests(Map<String, List<ReplicaId>> replicas) {
    ReplicaDirectory directory =
        new ReplicaDirectory() {
          @Override
          public List<ReplicaId> replicas(String deployment) {
            return replicas.getOrDefault(deployment, List.of());
          }

          @Override
          public void reportLost(ReplicaId replica) {
            throw new IllegalStateException("nobody is lost");
          }

          @Override
          public void onChange(Runnable listener) {
            // Nothing changes.
          }
        };
    Router router =
        new Router(
            directory,
            (replica, call, deadline) -> CompletableFuture.completedFuture(reply(call.tenant())),
            Postmortems.NONE);
    List<String> hot = IntStream.range(0, DEPLOYMENTS).mapToObj(RouterBenchmark::hot).toList();
    return new ScoreRequests(
        new ApplicationConfig("many-models", hot, OVERFLOW, "SharedMemory", "Dispatcher"),
        router,
        () -> table,
        new TrafficCounter(TENANTS),
        new Quarantine(Ticker.SYSTEM),
        Runnable::run,
        AT_ONCE,
        Measurements.unread(),
        Ticker.SYSTEM);
  }

  private static PredictReply reply(TenantId tenant) {
    return new Predicted(
        new ModelRef(tenant, new ModelVersion(1)),
        Prediction.of(new long[] {1}, 1),
        false,
        new ModelCost(1, 1));
  }

  private static String hot(int index) {
    return "Deployment" + (index + 1);
  }

  private static List<ReplicaId> replicas(String deployment, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> new ReplicaId(deployment, "SERVE_REPLICA::many-models#" + deployment + "#" + i))
        .toList();
  }
}
