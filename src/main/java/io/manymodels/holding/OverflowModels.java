package io.manymodels.holding;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.manymodels.config.OverflowConfig;
import io.manymodels.loading.LoadJournal;
import io.manymodels.loading.ModelLoads;
import io.manymodels.loading.ModelSource;
import io.manymodels.loading.SharedModel;
import io.manymodels.measuring.Measure;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.Predictor;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The models of a Deploymentx replica: any tenant's, loaded when asked for, in a bounded cache that
 * evicts by W-TinyLFU (Einziger, Friedman, Manes: TinyLFU, ACM ToS 2017; Caffeine's). Thread-safe;
 * a prediction with a loaded model waits for nobody.
 */
public final class OverflowModels implements Predictor, AutoCloseable {
  /** The cache's maximum weight; an entry weighs its share of the tighter of the two capacities. */
  private static final int WHOLE = 1_000_000_000;

  /** The share of the capacity for models that nobody has asked for yet. */
  private static final double WARM_SHARE = 0.25;

  private static final System.Logger LOG = System.getLogger(OverflowModels.class.getName());

  private final Cache<TenantId, SharedModel> models;
  private final ModelSource source;
  private final ModelLoads loads;
  private final PredictionTimes times;
  private final PredictionLanes lanes;
  private final VersionSwitch versions;
  private final ExpectedTenants expected;
  private final Ticker ticker;
  private volatile OverflowConfig config;
  private volatile boolean closed;

  public OverflowModels(ModelSource source, OverflowConfig config, Ticker ticker) {
    this(source, config, RunJournal.NONE, ticker);
  }

  public OverflowModels(
      ModelSource source, OverflowConfig config, RunJournal journal, Ticker ticker) {
    this.source = source;
    this.times = new PredictionTimes(source.measurements(), "overflow");
    this.lanes = new PredictionLanes(ticker, journal, times);
    source.measurements().level(lanes::waiting, Measure.QUEUE_LENGTH, "lanes");
    this.ticker = ticker;
    this.config = config;
    this.models =
        Caffeine.newBuilder()
            .maximumWeight(WHOLE)
            .weigher((TenantId tenant, SharedModel model) -> share(model))
            .executor(Runnable::run)
            .removalListener(OverflowModels::removed)
            .build();
    InCache holder = new InCache();
    this.loads = new ModelLoads(source, holder, config.loadThreads(), config.loadQueue(), ticker);
    this.versions = new VersionSwitch(loads, holder, ticker);
    this.expected = new ExpectedTenants(source);
  }

  private final class InCache implements ModelLoads.Holder {
    @Override
    public void hold(SharedModel model) {
      models.put(model.ref().tenant(), model);
      if (closed) {
        models.invalidate(model.ref().tenant());
      }
    }

    @Override
    public Optional<SharedModel> held(TenantId tenant) {
      return Optional.ofNullable(models.getIfPresent(tenant));
    }

    @Override
    public void drop(TenantId tenant) {
      models.invalidate(tenant);
    }

    @Override
    public Collection<SharedModel> all() {
      return models.asMap().values();
    }
  }

  private int share(SharedModel model) {
    OverflowConfig now = config;
    long byCount = WHOLE / now.capacity();
    double byWeight = (double) model.weightBytes() / now.capacityBytes() * WHOLE;
    return (int) Math.min(Integer.MAX_VALUE, Math.max(byCount, (long) byWeight));
  }

  private static void removed(
      @Nullable TenantId tenant, @Nullable SharedModel model, RemovalCause cause) {
    if (model != null) {
      model.release();
    }
  }

  /** Puts new capacities in force; models that no longer fit are evicted. */
  public void reconfigure(OverflowConfig changed) {
    config = changed;
    loads.setThreads(changed.loadThreads());
    // Writing an entry again weighs it again; the same instance is not reported as removed.
    models.asMap().replaceAll((tenant, model) -> model);
    models.cleanUp();
  }

  public OverflowConfig config() {
    return config;
  }

  /**
   * Loads models that will probably be asked for and predicts with each once, so that neither they
   * nor the code are cold when Serve sends requests. At most a quarter of both capacities; until
   * the deadline, but for the load that is under way then, or until there is not the memory. A
   * model that fails is left out. None after a process that has not survived this.
   *
   * @param tenants the most important first
   * @return how many were loaded
   */
  public int warmUp(Iterable<TenantId> tenants, Deadline deadline) {
    Optional<LoadJournal.Entry> underWay = source.beginWarmUp();
    if (underWay.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the replica before died while it warmed up; this one starts cold");
      return 0;
    }
    try {
      return prepare(tenants, deadline);
    } finally {
      underWay.get().close();
    }
  }

  private int prepare(Iterable<TenantId> tenants, Deadline deadline) {
    OverflowConfig now = config;
    long bytes = (long) (now.capacityBytes() * WARM_SHARE);
    int count = 0;
    for (TenantId tenant : tenants) {
      if (closed || deadline.passed() || count >= (int) (now.capacity() * WARM_SHARE)) {
        break;
      }
      try {
        long weight = source.prepare(tenant, bytes);
        bytes -= weight;
        count += weight > 0 ? 1 : 0;
      } catch (ServingException e) {
        LOG.log(System.Logger.Level.DEBUG, "not warmed up: {0}", e.getMessage());
        if (e.code() == ErrorCode.OVERLOADED) {
          break;
        }
      } catch (RuntimeException | LinkageError | StackOverflowError e) {
        LOG.log(System.Logger.Level.WARNING, "not warmed up: tenant " + tenant, e);
      }
    }
    return count;
  }

  /** Unloads what was loaded by {@link #warmUp} and nobody has asked for. */
  public void endWarmUp() {
    source.dropPrepared();
  }

  /**
   * Learns the live versions of tenants that are going to ask, so that they can be served also when
   * the registry is away by then.
   *
   * @return those whose live version the registry does not tell now, or not before the deadline
   */
  public Set<TenantId> expect(Collection<TenantId> tenants, Deadline deadline) {
    return expected.learn(tenants, deadline);
  }

  /** Switches what is loaded to other versions. */
  public VersionSwitch versions() {
    return versions;
  }

  /** How the models get here. */
  public LoadingReport loading() {
    return new LoadingReport(
        versions.refused(), source.reads(), source.memoryRefusals(), versions.isTold());
  }

  /** Models loaded now. */
  public int size() {
    return models.asMap().size();
  }

  /** The version of the tenant's model that is loaded now; empty when none is. */
  public Optional<ModelVersion> version(TenantId tenant) {
    // Not as a request that asks for it: who looks does not keep it.
    return Optional.ofNullable(models.policy().getIfPresentQuietly(tenant))
        .map(model -> model.ref().version());
  }

  /** Weight of the models loaded now, in bytes. */
  public long weightBytes() {
    return models.asMap().values().stream().mapToLong(SharedModel::weightBytes).sum();
  }

  /** Predicts, loading the model first when it is not loaded. */
  @Override
  public void predict(PredictRequest request, Consumer<PredictReply> answer) {
    Deadline deadline = Deadline.after(Duration.ofMillis(request.timeoutMillis()), ticker);
    @Nullable SharedModel loaded = models.getIfPresent(request.tenant());
    if (loaded != null && loaded.acquire()) {
      lanes.predict(loaded, request, false, deadline, answer);
      return;
    }
    long since = ticker.nanos();
    Span load = request.span().child("load");
    loads
        .join(request.tenant(), load)
        .whenEnded(
            deadline,
            model -> {
              times.waitedForModel(ticker.nanos() - since);
              load.end();
              lanes.predict(model, request, true, deadline, answer);
            },
            failure -> {
              times.waitedForModel(ticker.nanos() - since);
              load.failed(failure.code().wireName());
              load.end();
              answer.accept(Failed.of(failure));
            });
  }

  @Override
  public void close() {
    closed = true;
    expected.close();
    loads.close();
    lanes.close();
    source.dropPrepared();
    models.invalidateAll();
  }
}
