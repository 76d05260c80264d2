package io.manymodels.stores;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactCacheProvider;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.ArtifactStoreProvider;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.holding.RunJournals;
import io.manymodels.inference.ModelLoader;
import io.manymodels.loading.ArtifactTiers;
import io.manymodels.loading.LoadJournal;
import io.manymodels.loading.LocalNode;
import io.manymodels.loading.MemoryGuard;
import io.manymodels.loading.ModelSource;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementStoreProvider;
import io.manymodels.registry.ModelEvents;
import io.manymodels.registry.ModelEventsProvider;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.time.Ticker;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Opens the stores that the environment names, by their URI's scheme. A missing variable or an
 * unknown scheme throws {@link IllegalArgumentException} with what is allowed: the deployment then
 * fails visibly instead of serving from nowhere.
 */
public final class Stores {
  private final Environment environment;

  public Stores(Environment environment) {
    this.environment = environment;
  }

  /** The registry, to be read. */
  public ModelRegistry registry() {
    URI location = environment.requiredUri(Setting.REGISTRY);
    return provider(ModelRegistryProvider.class, ModelRegistryProvider::scheme, location)
        .open(location);
  }

  /** The registry, to be published to. */
  public WritableModelRegistry writableRegistry() {
    URI location = environment.requiredUri(Setting.REGISTRY);
    return provider(ModelRegistryProvider.class, ModelRegistryProvider::scheme, location)
        .openWritable(location);
  }

  /** The registry's own store of artifacts, past the caches. */
  public ArtifactStore artifacts() {
    URI location = environment.requiredUri(Setting.REGISTRY);
    return provider(ModelRegistryProvider.class, ModelRegistryProvider::scheme, location)
        .openArtifacts(location);
  }

  /** A loader for each format. */
  public List<ModelLoader> loaders() {
    return all(ModelLoader.class);
  }

  /** The source that models are loaded from. */
  public ModelSource models() {
    URI location = environment.requiredUri(Setting.REGISTRY);
    ModelRegistryProvider provider =
        provider(ModelRegistryProvider.class, ModelRegistryProvider::scheme, location);
    ArtifactTiers tiers = new ArtifactTiers(nodeCache(), warm(), provider.openArtifacts(location));
    LocalNode node = only(LocalNode.class);
    return new ModelSource(
        provider.open(location),
        tiers,
        loaders(),
        LoadJournal.on(node, Ticker.SYSTEM),
        MemoryGuard.on(node),
        Ticker.SYSTEM);
  }

  /** Where the replicas of a node write down which predictions they run. */
  public RunJournals runJournals() {
    return only(RunJournals.class);
  }

  /** The cache that the processes of this node share, when one is named. */
  private Optional<ArtifactCache> nodeCache() {
    return environment
        .uri(Setting.NODE_CACHE)
        .map(
            location ->
                provider(ArtifactCacheProvider.class, ArtifactCacheProvider::scheme, location)
                    .open(location));
  }

  /** The warm store, when one is named. */
  private Optional<WritableArtifactStore> warm() {
    return environment.uri(Setting.WARM).map(this::openWarm);
  }

  private WritableArtifactStore openWarm(URI location) {
    ArtifactStore store =
        provider(ArtifactStoreProvider.class, ArtifactStoreProvider::scheme, location)
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

  /** The events of new versions: those of the warm store, if it has any. */
  public Optional<ModelEvents> events() {
    return environment
        .uri(Setting.WARM)
        .flatMap(
            location ->
                all(ModelEventsProvider.class).stream()
                    .filter(provider -> provider.scheme().equals(location.getScheme()))
                    .findFirst()
                    .map(provider -> provider.open(location)));
  }

  /** Between two polls of the registry for new versions. */
  public Duration versionPoll() {
    return Duration.ofSeconds(environment.number(Setting.VERSION_POLL_S));
  }

  /** Where SharedMemory keeps its state. */
  public PlacementStore placement() {
    URI location = environment.requiredUri(Setting.STATE);
    return provider(PlacementStoreProvider.class, PlacementStoreProvider::scheme, location)
        .open(location);
  }

  private static <P> P provider(Class<P> port, Function<P, String> scheme, URI location) {
    List<P> providers = all(port);
    Optional<P> found =
        providers.stream().filter(p -> scheme.apply(p).equals(location.getScheme())).findFirst();
    return found.orElseThrow(
        () ->
            new IllegalArgumentException(
                "scheme '"
                    + location.getScheme()
                    + "' is not one of "
                    + providers.stream()
                        .map(scheme)
                        .collect(Collectors.toCollection(TreeSet::new))));
  }

  /** The provider of a port that has one. */
  private static <P> P only(Class<P> port) {
    return all(port).stream()
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("nobody provides " + port.getName()));
  }

  /** By the application's own class loader: Ray's threads have none of it as context. */
  private static <P> List<P> all(Class<P> port) {
    ServiceLoader<P> services = ServiceLoader.load(port, Stores.class.getClassLoader());
    return StreamSupport.stream(services.spliterator(), false).toList();
  }
}
