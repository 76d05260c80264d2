package io.manymodels.application;

import io.manymodels.config.PlacementConfig;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.measuring.MeasuredSums;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.measuring.ReportBook;
import io.manymodels.measuring.TenantFigures;
import io.manymodels.measuring.TenantOrder;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Adds up what the processes of the application measure. Dispatchers report by themselves; replicas
 * that hold models are asked every ten seconds, on a thread of its own, so that one that is lost
 * takes ten seconds of its measurements with it. Thread-safe.
 */
public final class MeasuredFleet implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(MeasuredFleet.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final MeasuredSums sums = new MeasuredSums(Ticker.SYSTEM);
  private final Optional<ReportBook> own;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile int tenantsOfEach = PlacementConfig.DEFAULT.metricsTenants();

  private MeasuredFleet(Optional<ReportBook> own) {
    this.own = own;
  }

  /** Of one process, which reports by its Dispatcher. */
  public static MeasuredFleet ofOneProcess() {
    return new MeasuredFleet(Optional.empty());
  }

  /**
   * Begins to ask replicas.
   *
   * @param own the reports of this process
   * @param holding the deployments whose replicas hold models
   */
  public static MeasuredFleet start(
      ReportBook own, ReplicaDirectory directory, List<String> holding, MeasuredReplicas replicas) {
    MeasuredFleet fleet = new MeasuredFleet(Optional.of(own));
    fleet.follow(directory, List.copyOf(holding), replicas, PERIOD);
    return fleet;
  }

  /** Asks replicas, with a pause between. */
  void follow(
      ReplicaDirectory directory,
      List<String> holding,
      MeasuredReplicas replicas,
      Duration period) {
    Map<ReplicaId, Long> arrived = new HashMap<>();
    var unused =
        DaemonLoop.start(
            "measurements",
            closed,
            () -> {
              if (!closed.await(period.toMillis(), TimeUnit.MILLISECONDS)) {
                Set<ReplicaId> named = new HashSet<>();
                holding.forEach(deployment -> named.addAll(directory.replicas(deployment)));
                arrived.keySet().retainAll(named);
                named.forEach(replica -> ask(replicas, replica, arrived));
              }
            });
  }

  private void ask(MeasuredReplicas replicas, ReplicaId replica, Map<ReplicaId, Long> arrived) {
    try {
      MeasuredReport report =
          replicas.measured(
              replica, arrived.getOrDefault(replica, 0L), Deadline.after(PATIENCE, Ticker.SYSTEM));
      sums.add(report);
      arrived.put(replica, report.sequence());
    } catch (ServingException e) {
      LOG.log(
          System.Logger.Level.DEBUG, "{0} reports no measurements: {1}", replica, e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "asking " + replica + " for its measurements", e);
    }
  }

  void reconfigure(PlacementConfig config) {
    tenantsOfEach = config.metricsTenants();
  }

  /** Adds a report, unless it has been added before. */
  void add(MeasuredReport report) {
    sums.add(report);
  }

  /** The sums now, those of this process among them. */
  MeasuredTotals totals() {
    own.ifPresent(
        book -> {
          MeasuredReport report = book.next();
          sums.add(report);
          book.arrived(report.sequence());
        });
    return sums.totals(tenantsOfEach);
  }

  /** As {@link MeasuredSums#tenants}. */
  List<TenantFigures> tenants(TenantOrder order, int limit, Predicate<TenantId> wanted) {
    return sums.tenants(order, limit, wanted);
  }

  /** As {@link MeasuredSums#tenant}. */
  Optional<TenantFigures> tenant(TenantId tenant) {
    return sums.tenant(tenant);
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
