package io.manymodels.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.inference.FeatureRows;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.ExplainJson.DecisionsQuestion;
import io.manymodels.json.ExplainJson.DecisionsReply;
import io.manymodels.json.ExplainJson.TenantQuestion;
import io.manymodels.json.ExplainJson.TenantReply;
import io.manymodels.json.Json;
import io.manymodels.json.SharedMemoryJson.PoolChange;
import io.manymodels.json.SharedMemoryJson.PoolReply;
import io.manymodels.json.StatusJson;
import io.manymodels.json.UserConfigJson;
import io.manymodels.json.VersionsJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.PredictClient;
import io.manymodels.routing.ReplicaCalls;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.routing.Router;
import io.manymodels.scoring.ScoreRequests;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.scoring.TableSnapshot;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import io.ray.serve.api.Serve;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
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

  /** Not empty: a Java replica takes an empty array for no argument (Ray 2.60.0, ReflectUtil). */
  private static final byte[] NO_ARGUMENT = {0};

  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(2);
  private static final long RETRY_MILLIS = 100;

  /** Twice what SharedMemory needs to come back. */
  private static final Duration FIRST_TABLE = Duration.ofSeconds(15);

  private final ApplicationConfig application;
  private final ReplicaDirectory directory;
  private final ReplicaClient client;
  private final ReplicaCalls calls;
  private final TableSnapshot<D> snapshot;
  private final ScoreRequests requests;
  private final UserConfig<DispatcherConfig> config;
  private final TablePolling polling;
  private final ModelRefresh modelRefresh;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param name this replica's
   */
  Dispatcher(
      String name,
      ApplicationConfig application,
      ReplicaDirectory directory,
      ReplicaClient client,
      PredictClient predictions,
      Executor later,
      Function<PlacementTable, D> derive) {
    this.application = application;
    this.directory = directory;
    this.client = client;
    this.calls = new ReplicaCalls(directory, client);
    this.snapshot = new TableSnapshot<>(derive);
    TrafficCounter traffic = new TrafficCounter(TENANTS_PER_INTERVAL);
    this.requests =
        new ScoreRequests(
            application,
            new Router(directory, predictions),
            () -> snapshot.get().table(),
            traffic,
            later);
    this.config =
        new UserConfig<>(
            application.dispatcher(),
            DispatcherConfig.DEFAULT,
            UserConfigJson::dispatcher,
            requests::reconfigure);
    this.polling = new TablePolling(name, application.sharedMemory(), calls, snapshot, traffic);
    List<String> holders = new ArrayList<>(application.hot());
    holders.add(application.overflow());
    this.modelRefresh = new ModelRefresh(directory, client, holders);
    polling.start();
  }

  /** A Dispatcher that finds its replicas through Ray, and talks to them on {@code loops}. */
  public static <D> Dispatcher<D> onRay(
      ApplicationConfig application, EventLoops loops, Function<PlacementTable, D> derive) {
    List<String> deployments = new ArrayList<>(application.hot());
    deployments.add(application.overflow());
    deployments.add(application.sharedMemory());
    RayReplicaDirectory directory = new RayReplicaDirectory(application.application(), deployments);
    RayReplicaClient client = new RayReplicaClient();
    RayPredictions predictions = RayPredictions.start(application, directory, client, loops);
    directory.start();
    Dispatcher<D> dispatcher =
        new Dispatcher<>(
            Serve.getReplicaContext().getReplicaTag(),
            application,
            directory,
            client,
            predictions.client(),
            predictions.later(),
            derive);
    // Without a table it would send pinned tenants to Deploymentx, and say that there are none.
    // While Serve waits for this replica, others answer.
    if (!dispatcher.snapshot.awaitFirst(Deadline.after(FIRST_TABLE, Ticker.SYSTEM))) {
      LOG.log(
          System.Logger.Level.WARNING, "no placement table; all go to {0}", application.overflow());
    }
    return dispatcher;
  }

  /** Takes a user_config as JSON text, or refuses it; never throws. */
  public void reconfigure(@Nullable Object userConfig) {
    config.offer(userConfig);
  }

  public DispatcherConfig config() {
    return requests.config();
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
   */
  public CompletableFuture<Scored> score(
      TenantId tenant, FeatureRows rows, PlacementTable table, Deadline deadline) {
    return requests.score(tenant, rows, table, deadline);
  }

  /**
   * Replaces the dedicated pool; returns when the change is live on every replica. While
   * SharedMemory is being restarted it waits for it: the same replacement made twice is the same.
   */
  public void replaceDedicatedPool(SortedMap<TenantId, String> mapping, Deadline deadline) {
    while (true) {
      try {
        PoolChange change = PoolChange.of(mapping, deadline.remainingMillis());
        byte[] answer =
            calls.call(
                application.sharedMemory(),
                SharedMemory.POOL,
                Json.write(change).getBytes(UTF_8),
                deadline);
        Json.read(new String(answer, UTF_8), PoolReply.class).orThrow();
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
    return modelRefresh.refresh(tenants, deadline);
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

  /** What SharedMemory says of placement. Throws {@code NO_REPLICA} while it is away. */
  public StatusJson.Placement placementStatus() {
    byte[] answer =
        calls.call(application.sharedMemory(), SharedMemory.STATUS, NO_ARGUMENT, statusDeadline());
    return Json.read(new String(answer, UTF_8), StatusJson.Placement.class);
  }

  /** Why a tenant is where it is. Throws {@link ServingException}. */
  public ExplainJson.Tenant explain(TenantId tenant, Deadline deadline) {
    TenantQuestion question = new TenantQuestion(tenant.value(), deadline.remainingMillis());
    return Json.read(ask(SharedMemory.EXPLAIN, question, deadline), TenantReply.class).orThrow();
  }

  /** What was decided lately. Throws {@link ServingException}. */
  public ExplainJson.Decisions decisions(DecisionsQuestion question, Deadline deadline) {
    return Json.read(ask(SharedMemory.DECISIONS, question, deadline), DecisionsReply.class)
        .orThrow();
  }

  private String ask(String method, Object question, Deadline deadline) {
    byte[] json = Json.write(question).getBytes(UTF_8);
    return new String(calls.call(application.sharedMemory(), method, json, deadline), UTF_8);
  }

  /** What the overflow replicas say of themselves; one that does not answer is left out. */
  public List<StatusJson.Overflow> overflowStatus() {
    List<StatusJson.Overflow> all = new ArrayList<>();
    for (ReplicaId replica : directory.replicas(application.overflow())) {
      try {
        byte[] answer =
            client.call(replica, OverflowDeployment.STATUS, NO_ARGUMENT, statusDeadline());
        all.add(Json.read(new String(answer, UTF_8), StatusJson.Overflow.class));
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
