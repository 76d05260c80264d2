package io.manymodels.stores;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactCacheProvider;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.ArtifactStoreProvider;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.inference.ModelLoader;
import io.manymodels.loading.ArtifactTiers;
import io.manymodels.loading.LoadJournal;
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
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Opens the stores that the environment names, by their URI's scheme. A missing variable or an
 * unknown scheme throws {@link IllegalArgumentException} with what is allowed: the deployment then
 * fails visibly instead of serving from nowhere.
 */
public final class Stores {
  public static final String REGISTRY = "MANY_MODELS_REGISTRY";
  public static final String STATE = "MANY_MODELS_STATE";

  /** Optional: the warm store. */
  public static final String WARM = "MANY_MODELS_WARM";

  /** Optional: the node's cache. */
  public static final String NODE_CACHE = "MANY_MODELS_NODE_CACHE";

  /** Optional: seconds between two polls for new versions. */
  public static final String VERSION_POLL = "MANY_MODELS_VERSION_POLL_S";

  private static final Duration DEFAULT_VERSION_POLL = Duration.ofSeconds(5);
  private static final Pattern SECONDS =
      Pattern.compile("[1-9][0-9]{0,3}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}");

  private final Map<String, String> environment;

  public Stores(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The registry, to be read. */
  public ModelRegistry registry() {
    URI location = location(REGISTRY);
    return provider(ModelRegistryProvider.class, ModelRegistryProvider::scheme, location)
        .open(location);
  }

  /** The registry, to be published to. */
  public WritableModelRegistry writableRegistry() {
    URI location = location(REGISTRY);
    return provider(ModelRegistryProvider.class, ModelRegistryProvider::scheme, location)
        .openWritable(location);
  }

  /** A loader for each format. */
  public List<ModelLoader> loaders() {
    return all(ModelLoader.class);
  }

  /** What loads models. */
  public ModelSource models() {
    URI location = location(REGISTRY);
    ModelRegistryProvider provider =
        provider(ModelRegistryProvider.class, ModelRegistryProvider::scheme, location);
    ArtifactTiers tiers = new ArtifactTiers(nodeCache(), warm(), provider.openArtifacts(location));
    LoadJournal journal = LoadJournal.in(journalFolder(), Ticker.SYSTEM);
    return new ModelSource(
        provider.open(location),
        tiers,
        loaders(),
        journal,
        MemoryGuard.ofThisProcess(),
        Ticker.SYSTEM);
  }

  /** What the replicas of a node share and no other user may write to. */
  private static Path journalFolder() {
    String name = "many-models-loads-" + System.getProperty("user.name", "").replaceAll("\\W", "_");
    return Path.of(System.getProperty("java.io.tmpdir", "/tmp"), name);
  }

  /** The cache that the processes of this node share, when one is named. */
  private Optional<ArtifactCache> nodeCache() {
    return optional(NODE_CACHE)
        .map(
            location ->
                provider(ArtifactCacheProvider.class, ArtifactCacheProvider::scheme, location)
                    .open(location));
  }

  /** The warm store, when one is named. */
  private Optional<WritableArtifactStore> warm() {
    return optional(WARM).map(this::openWarm);
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
        WARM + ": stores at " + location.getScheme() + ": are not written to, so it cannot be one");
  }

  /** Who tells of new versions: the warm store, if it is one that can. */
  public Optional<ModelEvents> events() {
    return optional(WARM)
        .flatMap(
            location ->
                all(ModelEventsProvider.class).stream()
                    .filter(provider -> provider.scheme().equals(location.getScheme()))
                    .findFirst()
                    .map(provider -> provider.open(location)));
  }

  /** Between two polls of the registry for new versions. */
  public Duration versionPoll() {
    @Nullable String value = environment.get(VERSION_POLL);
    if (value == null || value.isEmpty()) {
      return DEFAULT_VERSION_POLL;
    }
    if (!SECONDS.matcher(value).matches()) {
      throw new IllegalArgumentException(
          VERSION_POLL + ": '" + value + "' is not a whole number of seconds in 1..86399");
    }
    return Duration.ofSeconds(Integer.parseInt(value));
  }

  /** Where SharedMemory keeps its state. */
  public PlacementStore placement() {
    URI location = location(STATE);
    return provider(PlacementStoreProvider.class, PlacementStoreProvider::scheme, location)
        .open(location);
  }

  private Optional<URI> optional(String variable) {
    @Nullable String value = environment.get(variable);
    return value == null || value.isEmpty() ? Optional.empty() : Optional.of(uri(variable, value));
  }

  private static URI uri(String variable, String value) {
    try {
      URI uri = new URI(value);
      if (uri.getScheme() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below; its message repeats the value, which may hold a secret.
    }
    throw new IllegalArgumentException(variable + " is not a URI, as file:/srv/models");
  }

  private URI location(String variable) {
    @Nullable String value = environment.get(variable);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(
          variable + " is not set; it takes a URI, as file:/srv/models");
    }
    return uri(variable, value);
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

  /** By the application's own class loader: Ray's threads have none of it as context. */
  private static <P> List<P> all(Class<P> port) {
    ServiceLoader<P> services = ServiceLoader.load(port, Stores.class.getClassLoader());
    return StreamSupport.stream(services.spliterator(), false).toList();
  }
}
