package io.manymodels.application;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.StatusJson;
import io.manymodels.json.TenantJson;
import io.manymodels.json.UserConfigJson;
import io.manymodels.json.VersionsJson;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.ReportBook;
import io.manymodels.measuring.TenantFigures;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.quota.Quotas;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.routing.Router;
import io.manymodels.scoring.Quarantine;
import io.manymodels.scoring.ScoreRequests;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.scoring.TableSnapshot;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A replica of the Dispatcher without its HTTP: routes requests by the newest table it has seen,
 * and passes operators' changes on to SharedMemory. Thread-safe.
 *
 * @param <D> what the edge derives from each table
 */
public final class Dispatcher<D> implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());
  private static final int TENANTS_PER_INTERVAL = 10_000;

  /** Of one tenant's requests, beside others': as many as processors, so that none is idle. */
  private static final int MIN_AT_ONCE = 2;

  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(2);
  private static final long RETRY_MILLIS = 100;

  private final ApplicationConfig application;
  private final Quarantine quarantine;
  private final ReplicaDirectory directory;
  private final SharedMemoryCalls sharedMemory;
  private final HoldingReplicas holders;
  private final TableSnapshot<D> snapshot;
  private final ScoreRequests requests;
  private final UserConfig<DispatcherConfig> config;
  private final Quotas quotas = new Quotas(Ticker.SYSTEM);
  private final Measurements measurements;
  private final ReportBook measured;
  private final TablePolling polling;
  private final ModelRefresh modelRefresh;
  private final Holders holdersOfModels;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * Begins to follow the placement table.
   *
   * @param name this replica's
   * @param quarantine the requests that it refuses
   * @param measurements of this process
   * @param derive what the edge needs of each table
   */
  public Dispatcher(
      String name,
      ApplicationConfig application,
      ReplicaDirectory directory,
      SharedMemoryCalls sharedMemory,
      HoldingReplicas holders,
      PredictionCalls predictions,
      Quarantine quarantine,
      Measurements measurements,
      Function<PlacementTable, D> derive) {
    this.application = application;
    this.quarantine = quarantine;
    this.directory = directory;
    this.sharedMemory = sharedMemory;
    this.holders = holders;
    this.measurements = measurements;
    this.measured = new ReportBook(measurements, name, application.dispatcher(), Ticker.SYSTEM);
    this.snapshot = new TableSnapshot<>(derive);
    measurements.level(() -> hasTable() ? 0 : 1, Measure.DISPATCHERS_WITHOUT_TABLE);
    TrafficCounter traffic = new TrafficCounter(TENANTS_PER_INTERVAL);
    this.requests =
        new ScoreRequests(
            application,
            new Router(directory, predictions.client(), predictions.postmortems()),
            () -> snapshot.get().table(),
            traffic,
            quarantine,
            predictions.later(),
            Math.max(MIN_AT_ONCE, Runtime.getRuntime().availableProcessors()),
            measurements,
            Ticker.SYSTEM);
    this.config =
        new UserConfig<>(
            application.dispatcher(),
            DispatcherConfig.DEFAULT,
            UserConfigJson::dispatcher,
            this::apply);
    this.polling = new TablePolling(name, sharedMemory, snapshot, traffic, measured, quotas);
    this.modelRefresh = new ModelRefresh(directory, holders, application.holding());
    this.holdersOfModels = new Holders(directory, holders, application.overflow());
    polling.start();
  }

  /** Whether SharedMemory has sent one, whose terms begin at 1. */
  private boolean hasTable() {
    return snapshot.get().table().generation().term() > 0;
  }

  /** Waits for the first table; false when none came in time. */
  public boolean awaitTable(Deadline deadline) {
    return snapshot.awaitFirst(deadline);
  }

  /** Routes by an empty table until the first one comes: everybody is asked for at Deploymentx. */
  public void beginWithoutTable() {
    snapshot.offer(PlacementTable.EMPTY.as(Generation.NONE.next()));
  }

  /** Takes a user_config as JSON text, or refuses it; never throws. */
  public void reconfigure(@Nullable Object userConfig) {
    config.offer(userConfig);
  }

  private void apply(DispatcherConfig changed) {
    requests.reconfigure(changed);
    quotas.reconfigure(changed.tenantQuotas());
  }

  /** Notes why a new configuration is not in force, whichever deployment it was for. */
  public void refuseConfig(String why) {
    config.refuse(why);
  }

  public DispatcherConfig config() {
    return requests.config();
  }

  /** How much tenants and callers may ask; whoever calls {@link #score} asks it before. */
  public Quotas quotas() {
    return quotas;
  }

  /** Why the last user_config was refused; empty when it was taken. */
  public Optional<String> configRefusal() {
    return config.refusal();
  }

  /** The newest table seen, and what was derived from it. */
  public TableSnapshot.Derived<D> table() {
    return snapshot.get();
  }

  /**
   * Scores one request, routed by {@code table}; fails as {@link ScoreRequests#score} does. Never
   * blocks; what hangs on the answer runs on a thread that must not be blocked either.
   *
   * @param span of the request
   */
  public CompletableFuture<Scored> score(
      TenantId tenant, Rows rows, PlacementTable table, Deadline deadline, Span span) {
    return requests.score(tenant, rows, table, deadline, span);
  }

  /**
   * Replaces the dedicated pool; returns when the change is live on every replica. While
   * SharedMemory is being restarted it waits for it: the same replacement made twice is the same.
   */
  public void replaceDedicatedPool(SortedMap<TenantId, String> mapping, Deadline deadline) {
    while (true) {
      try {
        sharedMemory.replaceDedicatedPool(mapping, deadline);
        return;
      } catch (ServingException e) {
        if (e.code() != ErrorCode.NO_REPLICA || !pauseBefore(deadline)) {
          throw e;
        }
      }
    }
  }

  /**
   * Makes the live versions of these tenants answer, on every replica that holds a model of theirs.
   * Throws as {@link ModelRefresh#refresh}.
   */
  public VersionsJson.Answer refreshModels(Collection<TenantId> tenants, Deadline deadline) {
    return VersionsJson.Answer.of(modelRefresh.refresh(tenants, deadline));
  }

  private boolean pauseBefore(Deadline deadline) {
    try {
      return deadline.remainingMillis() > RETRY_MILLIS
          && !closed.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The models that crashed on requests, and are not asked such ones for a while. */
  public List<Quarantine.Quarantined> quarantined() {
    return quarantine.now();
  }

  /** The status of placement, from SharedMemory. Throws {@code NO_REPLICA} while it is away. */
  public StatusJson.Placement placementStatus() {
    return sharedMemory.status(statusDeadline());
  }

  /** Why a tenant is where it is. Throws {@link ServingException}. */
  public ExplainJson.Tenant explain(TenantId tenant, Deadline deadline) {
    return sharedMemory.explain(tenant, deadline);
  }

  /** What this process measures. */
  public Measurements measurements() {
    return measurements;
  }

  /** What this process has measured since it began. */
  public MeasuredTotals ownMeasured() {
    return measured.own();
  }

  /** What all processes have measured. Throws {@link ServingException}. */
  public MeasuredTotals measured() {
    return sharedMemory.measured(statusDeadline());
  }

  /** The figures of tenants that a search finds. Throws {@link ServingException}. */
  public List<TenantFigures> tenants(TenantSearch search, Deadline deadline) {
    return sharedMemory.tenants(search, deadline);
  }

  /** The figures of one tenant, if there are any. Throws {@link ServingException}. */
  public Optional<TenantFigures> figures(TenantId tenant, Deadline deadline) {
    return sharedMemory.figures(tenant, deadline);
  }

  /** The replicas that hold a tenant's model now. Throws {@link ServingException}. */
  public List<TenantJson.Holder> holders(TenantId tenant, Deadline deadline) {
    return holdersOfModels.of(tenant, placementStatus(), deadline);
  }

  /** The recent decisions. Throws {@link ServingException}. */
  public ExplainJson.Decisions decisions(DecisionsQuestion question, Deadline deadline) {
    return sharedMemory.decisions(question, deadline);
  }

  /** The status of the overflow replicas; one that does not answer is left out. */
  public List<StatusJson.Overflow> overflowStatus() {
    List<StatusJson.Overflow> all = new ArrayList<>();
    for (ReplicaId replica : directory.replicas(application.overflow())) {
      try {
        all.add(holders.status(replica, statusDeadline()));
      } catch (ReplicaLostException e) {
        directory.reportLost(replica);
      } catch (ServingException e) {
        LOG.log(System.Logger.Level.INFO, "{0} gives no status: {1}", replica, e.getMessage());
      }
    }
    return all;
  }

  private static Deadline statusDeadline() {
    return Deadline.after(STATUS_TIMEOUT, Ticker.SYSTEM);
  }

  @Override
  public void close() {
    closed.countDown();
    polling.close();
    modelRefresh.close();
  }
}
