package io.manymodels.stores;

import io.manymodels.inference.ModelLoader;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementStoreProvider;
import io.manymodels.registry.ModelEvents;
import io.manymodels.registry.ModelEventsProvider;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.serving.ModelSource;
import io.manymodels.time.Ticker;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.function.Function;
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
  public static final String WARM = "MANY_MODELS_WARM";

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

  /** Where news of live versions are told, when the warm store can tell them. */
  public Optional<ModelEvents> events() {
    @Nullable String warm = environment.get(WARM);
    if (warm == null || warm.isEmpty()) {
      return Optional.empty();
    }
    URI location = URI.create(warm);
    return all(ModelEventsProvider.class).stream()
        .filter(provider -> provider.scheme().equals(location.getScheme()))
        .findFirst()
        .map(provider -> provider.open(location));
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
    List<ModelLoader> loaders = all(ModelLoader.class);
    return new ModelSource(
        provider.open(location), provider.openArtifacts(location), loaders, Ticker.SYSTEM);
  }

  /** Where SharedMemory keeps its state. */
  public PlacementStore placement() {
    URI location = location(STATE);
    return provider(PlacementStoreProvider.class, PlacementStoreProvider::scheme, location)
        .open(location);
  }

  private URI location(String variable) {
    @Nullable String value = environment.get(variable);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(
          variable + " is not set; it takes a URI, as file:/srv/models");
    }
    return URI.create(value);
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
