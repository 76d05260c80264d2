package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.MemoryNeed;
import io.manymodels.inference.ModelLoader;
import io.manymodels.loading.ArtifactTiers.Tier;
import io.manymodels.loading.PreparedModels.Prepared;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Trial;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From a tenant to its loaded live model: registry, artifact tiers, loader. Thread-safe; blocks for
 * as long as the registry and the tiers take.
 *
 * <p>While the registry is away, the live version that it named last is loaded again, if a tier
 * still has its artifact.
 */
public final class ModelSource {
  private static final System.Logger LOG = System.getLogger(ModelSource.class.getName());
  private static final long NANOS_PER_MICRO = 1_000;

  private final ModelRegistry registry;
  private final ArtifactTiers artifacts;
  private final Map<String, ModelLoader> loaders;
  private final LoadJournal journal;
  private final MemoryGuard memory;
  private final Measurements measurements;
  private final LoadTimes loads;
  private final Ticker ticker;
  private final PreparedModels prepared = new PreparedModels();
  private final LastKnown lastKnown = new LastKnown();

  public ModelSource(
      ModelRegistry registry, ArtifactTiers artifacts, List<ModelLoader> loaders, Ticker ticker) {
    this(
        registry,
        artifacts,
        loaders,
        LoadJournal.none(),
        MemoryGuard.none(),
        Measurements.unread(),
        ticker);
  }

  public ModelSource(
      ModelRegistry registry,
      ArtifactTiers artifacts,
      List<ModelLoader> loaders,
      LoadJournal journal,
      MemoryGuard memory,
      Measurements measurements,
      Ticker ticker) {
    this.measurements = measurements;
    this.loads = new LoadTimes(measurements);
    this.journal = journal;
    this.memory = memory;
    this.ticker = ticker;
    this.registry = registry;
    this.artifacts = artifacts;
    this.loaders =
        loaders.stream()
            .collect(Collectors.toUnmodifiableMap(ModelLoader::format, Function.identity()));
  }

  /**
   * Loads the tenant's live model. The caller owns the reference it is born with.
   *
   * @throws ServingException {@code MODEL_NOT_FOUND}, {@code ARTIFACT_CORRUPT}, {@code LOAD_FAILED}
   *     or {@code STORE_UNAVAILABLE}; the message names tenant and version
   */
  SharedModel load(TenantId tenant) {
    return load(tenant, Span.NONE);
  }

  /**
   * As {@link #load(TenantId)}.
   *
   * @param span of which the steps are parts
   */
  SharedModel load(TenantId tenant, Span span) {
    long start = ticker.nanos();
    return load(LoadStep.LOOKUP.within(span, step -> liveOrLastKnown(tenant)), start, span);
  }

  /** Loads a model that {@link #live} named. Throws as {@link #load(TenantId)}. */
  SharedModel load(ArtifactDescriptor artifact) {
    return load(artifact, ticker.nanos(), Span.NONE);
  }

  private SharedModel load(ArtifactDescriptor artifact, long start, Span span) {
    Optional<Prepared> ready = prepared.take(artifact);
    ready.ifPresent(model -> loads.prepared(ticker.nanos() - start));
    Prepared loaded = ready.orElseGet(() -> loadNow(artifact, start, true, span));
    return new SharedModel(artifact, loaded.model(), loaded.loadMicros());
  }

  private Prepared loadNow(ArtifactDescriptor artifact, long start, boolean journaled, Span span) {
    @Nullable ModelLoader loader = loaders.get(artifact.format());
    if (loader == null) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          "model " + artifact.ref() + ": no loader takes the format '" + artifact.format() + "'");
    }
    AtomicReference<Tier> tier = new AtomicReference<>(Tier.NODE);
    LoadedModel model = load(artifact, loader, journaled, span, tier::set);
    long nanos = ticker.nanos() - start;
    loads.loaded(Objects.requireNonNull(tier.get()), nanos);
    return new Prepared(model, Math.max(0, nanos / NANOS_PER_MICRO));
  }

  /**
   * Loads the tenant's live model and predicts with it once, for nobody: the first {@link
   * #load(TenantId)} takes it if it is still the live one. To be called within {@link
   * #beginWarmUp}.
   *
   * @param mostBytes that it may weigh
   * @return its weight in bytes; 0 when it is too heavy, and was not kept
   * @throws ServingException as {@link #load(TenantId)}
   */
  public long prepare(TenantId tenant, long mostBytes) {
    long start = ticker.nanos();
    // Not remembered as last known: only who is told of new versions may answer by that.
    ArtifactDescriptor artifact = lookUpLive(tenant);
    if (artifact.sizeBytes() > mostBytes) {
      return 0;
    }
    Prepared loaded = loadNow(artifact, start, false, Span.NONE);
    long weight = loaded.model().weightBytes();
    if (weight > mostBytes) {
      loaded.model().close();
      return 0;
    }
    warm(artifact, loaded.model());
    prepared.keep(artifact, loaded);
    return weight;
  }

  /** What the model makes of made-up rows does not matter; it was tried when it was loaded. */
  private static void warm(ArtifactDescriptor artifact, LoadedModel model) {
    try {
      Rows rows = artifact.usage().example().orElseGet(() -> Trial.zeros(model.signature(), 1));
      var unused = model.predict(rows.wanting(Outputs.FIRST));
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} was not warmed: {1}", artifact.ref(), e);
    }
  }

  /** As {@link LoadJournal#beginWarmUp}. */
  public Optional<LoadJournal.Entry> beginWarmUp() {
    return journal.beginWarmUp();
  }

  /** Closes what was prepared and nobody asked for. */
  public void dropPrepared() {
    prepared.close();
  }

  // Both are there to be closed.
  @SuppressWarnings({"try", "UnusedVariable"})
  private LoadedModel load(
      ArtifactDescriptor artifact,
      ModelLoader loader,
      boolean journaled,
      Span span,
      Consumer<Tier> from) {
    ByteBuffer bytes = read(artifact, span, from);
    MemoryNeed need = loader.memory(artifact, bytes);
    // First of all: a load that was never tried has not been survived.
    try (MemoryGuard.Share share = memory.admit(artifact.ref(), need);
        LoadJournal.Entry underWay =
            journaled ? journal.begin(artifact) : journal.refuseIfDangerous(artifact)) {
      return LoadStep.MODEL.within(span, step -> loader.load(artifact, bytes));
    }
  }

  private ByteBuffer read(ArtifactDescriptor artifact, Span span, Consumer<Tier> from) {
    try {
      return artifacts.read(artifact, span, from);
    } catch (ServingException e) {
      throw named(artifact.ref().toString(), "model " + artifact.ref(), e);
    }
  }

  /**
   * The tenant's live model as the registry names it now.
   *
   * @throws ServingException {@code MODEL_NOT_FOUND}, {@code LOAD_FAILED}, {@code
   *     STORE_UNAVAILABLE}
   */
  ArtifactDescriptor live(TenantId tenant) {
    ArtifactDescriptor artifact = lookUpLive(tenant);
    lastKnown.note(artifact);
    return artifact;
  }

  /** Has the tenant's next load need the registry: what it named last is no longer to be served. */
  void forget(TenantId tenant) {
    lastKnown.forget(tenant);
  }

  /**
   * Remembers the tenant's live version, so that it can be loaded also when the registry is away.
   * May be called at any time: what the registry said before a switch is not noted after it.
   *
   * @return false when there were switches all the time
   * @throws ServingException as {@link #live}
   */
  public boolean learn(TenantId tenant) {
    return lastKnown.learn(tenant, () -> lookUpLive(tenant));
  }

  /** A store that is away does not always know which tenant it was asked for. */
  private static ServingException named(String part, String whose, ServingException e) {
    String message = String.valueOf(e.getMessage());
    return e.code() != ErrorCode.STORE_UNAVAILABLE || message.contains(part)
        ? e
        : new ServingException(e.code(), whose + ": " + message, e);
  }

  private ArtifactDescriptor lookUpLive(TenantId tenant) {
    try {
      return LiveLookup.of(tenant, registry);
    } catch (ServingException e) {
      throw named(tenant.value(), "tenant '" + tenant + "'", e);
    }
  }

  private ArtifactDescriptor liveOrLastKnown(TenantId tenant) {
    try {
      return live(tenant);
    } catch (ServingException e) {
      @Nullable ArtifactDescriptor last = lastKnown.get(tenant);
      if (e.code() != ErrorCode.STORE_UNAVAILABLE || last == null) {
        if (e.code() == ErrorCode.MODEL_NOT_FOUND) {
          lastKnown.forget(tenant);
        }
        throw e;
      }
      LOG.log(System.Logger.Level.DEBUG, "the registry is away; loading {0}", last.ref());
      return last;
    }
  }

  /** Whether the registry as a whole does not answer now. */
  public boolean isRegistryAway() {
    try {
      registry.check();
      return false;
    } catch (ServingException e) {
      return true;
    }
  }

  /** What the process measures that loads these models. */
  public Measurements measurements() {
    return measurements;
  }

  /** Loads refused for want of memory. */
  public long memoryRefusals() {
    return memory.refusals();
  }

  /** Where artifacts came from. */
  public ArtifactTiers.Reads reads() {
    return artifacts.counts();
  }
}
