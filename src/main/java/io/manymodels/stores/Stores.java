package io.manymodels.stores;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactCacheProvider;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.ArtifactStoreProvider;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.holding.RunJournals;
import io.manymodels.holding.VersionSwitch;
import io.manymodels.holding.VersionWatch;
import io.manymodels.inference.LoaderUnavailableException;
import io.manymodels.inference.ModelLoader;
import io.manymodels.loading.ArtifactTiers;
import io.manymodels.loading.LoadJournal;
import io.manymodels.loading.LocalNode;
import io.manymodels.loading.MemoryGuard;
import io.manymodels.loading.ModelDescriptions;
import io.manymodels.loading.ModelSource;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.ProcessFigures;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementStoreProvider;
import io.manymodels.registry.ModelEvents;
import io.manymodels.registry.ModelEventsProvider;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.registry.VersionLook;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.time.Ticker;
import io.manymodels.watching.RegistryWatcher;
import io.manymodels.watching.VersionHolders;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens the stores that the environment names, by their URI's scheme, when they are first asked
 * for. All replicas of a process share them. A missing variable or an unknown scheme throws {@link
 * IllegalArgumentException} with what is allowed: the deployment then fails visibly instead of
 * serving from nowhere. Thread-safe.
 */
public final class Stores implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Stores.class.getName());

  private final Environment environment;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private @Nullable ModelRegistry registry;
  private @Nullable ArtifactTiers tiers;
  private @Nullable LoadJournal journal;
  private @Nullable MemoryGuard memory;
  private @Nullable Measurements measurements;

  public Stores(Environment environment) {
    this.environment = environment;
  }

  /** The registry, to be read. */
  public synchronized ModelRegistry registry() {
    ModelRegistry there = registry;
    if (there == null) {
      URI location = environment.requiredUri(Setting.REGISTRY);
      there =
          kept(counted(ModelRegistry.class, registryProvider(location).open(location), "registry"));
      registry = there;
    }
    return there;
  }

  private static ModelRegistryProvider registryProvider(URI location) {
    return Providers.provider(ModelRegistryProvider.class, ModelRegistryProvider::scheme, location);
  }

  private <P> P counted(Class<P> port, P store, String name) {
    return CountedStore.of(port, store, name, measurements());
  }

  private <T extends AutoCloseable> T kept(T store) {
    opened.push(store);
    return store;
  }

  /** The registry, to be published to. */
  public WritableModelRegistry writableRegistry() {
    URI location = environment.requiredUri(Setting.REGISTRY);
    return registryProvider(location).openWritable(location);
  }

  /** The registry's own store of artifacts, past the caches. */
  public ArtifactStore artifacts() {
    URI location = environment.requiredUri(Setting.REGISTRY);
    return registryProvider(location).openArtifacts(location);
  }

  /**
   * A loader for each format. Throws {@link LoaderUnavailableException}, whose message is one line
   * for who starts the process, when one of them cannot work on this machine.
   */
  public List<ModelLoader> loaders() {
    try {
      return Providers.all(ModelLoader.class);
    } catch (ServiceConfigurationError e) {
      if (e.getCause() instanceof LoaderUnavailableException why) {
        throw why;
      }
      throw new LoaderUnavailableException(
          "a model loader cannot be used: " + Objects.requireNonNullElse(e.getCause(), e), e);
    }
  }

  /** What models take and answer. Opens nothing before it is asked. */
  public ModelDescriptions descriptions() {
    return new ModelDescriptions(this::registry, this::artifacts, this::loaders);
  }

  /** A source of models, for one replica. Throws as {@link #loaders}. */
  public synchronized ModelSource models() {
    LocalNode node = Providers.only(LocalNode.class);
    LoadJournal loads = journal == null ? kept(LoadJournal.on(node, Ticker.SYSTEM)) : journal;
    journal = loads;
    MemoryGuard guard = memory == null ? MemoryGuard.on(node) : memory.another();
    memory = guard;
    return new ModelSource(
        registry(), tiers(), loaders(), loads, guard, measurements(), Ticker.SYSTEM);
  }

  /**
   * A source of models from other stores, which leaves nothing in the caches and journals of this
   * node, and in the measurements of this process. Throws as {@link #loaders}.
   */
  public ModelSource apart(ModelRegistry models, ArtifactStore store) {
    MemoryGuard guard = MemoryGuard.on(Providers.only(LocalNode.class));
    return new ModelSource(
        models,
        new ArtifactTiers(store),
        loaders(),
        LoadJournal.none(),
        guard,
        Measurements.unread(),
        Ticker.SYSTEM);
  }

  /** What this process measures: always the same. */
  public synchronized Measurements measurements() {
    Measurements there = measurements;
    if (there == null) {
      there = new Measurements(Providers.only(ProcessFigures.class), Ticker.SYSTEM);
      measurements = there;
    }
    return there;
  }

  private ArtifactTiers tiers() {
    @Nullable ArtifactTiers shared = tiers;
    ArtifactTiers own =
        shared == null
            ? kept(
                new ArtifactTiers(
                    nodeCache(),
                    warm().map(store -> counted(WritableArtifactStore.class, store, "warm")),
                    counted(ArtifactStore.class, artifacts(), "artifacts")))
            : shared.another();
    tiers = own;
    return own;
  }

  /** The memory that models can have here if nothing else is loaded, in bytes. */
  public long memoryBytes() {
    return Providers.only(LocalNode.class).container().limitBytes();
  }

  /** Where the replicas of a node write down which predictions they run. */
  public RunJournals runJournals() {
    return Providers.only(RunJournals.class);
  }

  /** The cache that the processes of this node share, when one is named. */
  private Optional<ArtifactCache> nodeCache() {
    return environment
        .uri(Setting.NODE_CACHE)
        .map(
            location ->
                Providers.provider(
                        ArtifactCacheProvider.class, ArtifactCacheProvider::scheme, location)
                    .open(location));
  }

  /** The warm store, when one is named. */
  private Optional<WritableArtifactStore> warm() {
    return environment.uri(Setting.WARM).map(this::openWarm);
  }

  private WritableArtifactStore openWarm(URI location) {
    ArtifactStore store =
        Providers.provider(ArtifactStoreProvider.class, ArtifactStoreProvider::scheme, location)
            .open(location);
    if (store instanceof WritableArtifactStore writable) {
      return writable;
    }
    store.close();
    throw new IllegalArgumentException(
        Setting.WARM.variable()
            + ": stores at "
            + location.getScheme()
            + ": are not written to, so it cannot be one");
  }

  /** Keeps what these hold at the live versions, once it is started. */
  public synchronized VersionWatch watch(VersionSwitch... switches) {
    return kept(
        new VersionWatch(look(), List.of(switches), events(), versionPoll(), Ticker.SYSTEM));
  }

  private VersionLook look() {
    return new VersionLook(registry(), Ticker.SYSTEM);
  }

  private Duration versionPoll() {
    return Duration.ofSeconds(environment.number(Setting.VERSION_POLL_S));
  }

  /** Looks for new versions for the replicas of other processes, once it is started. */
  public synchronized RegistryWatcher watcher(
      ReplicaDirectory directory,
      Collection<String> holding,
      VersionHolders holders,
      BooleanSupplier alive) {
    return kept(
        new RegistryWatcher(
            look(), versionPoll(), directory, holding, holders, alive, Ticker.SYSTEM));
  }

  /** The events of new versions: those of the warm store, if it has any. */
  public Optional<ModelEvents> events() {
    return environment
        .uri(Setting.WARM)
        .flatMap(
            location ->
                Providers.all(ModelEventsProvider.class).stream()
                    .filter(provider -> provider.scheme().equals(location.getScheme()))
                    .findFirst()
                    .map(provider -> provider.open(location))
                    .map(store -> counted(ModelEvents.class, store, "events")));
  }

  /** Where SharedMemory keeps its state. */
  public synchronized PlacementStore placement() {
    URI location = environment.requiredUri(Setting.STATE);
    PlacementStore store =
        Providers.provider(PlacementStoreProvider.class, PlacementStoreProvider::scheme, location)
            .open(location);
    return kept(counted(PlacementStore.class, store, "state"));
  }

  /** Closes what was opened, the last first; does not throw. */
  @Override
  public synchronized void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        LOG.log(System.Logger.Level.DEBUG, "closing a store", e);
      }
    }
  }
}
