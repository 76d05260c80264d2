package io.manymodels.stores;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Finds the adapters of ports. Stateless. */
final class Providers {
  private Providers() {}

  /** The provider for the location's scheme; throws {@link IllegalArgumentException}. */
  static <P> P provider(Class<P> port, Function<P, String> scheme, URI location) {
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
  static <P> P only(Class<P> port) {
    return all(port).stream()
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("nobody provides " + port.getName()));
  }

  /** By the application's own class loader: Ray's threads have none of it as context. */
  static <P> List<P> all(Class<P> port) {
    ServiceLoader<P> services = ServiceLoader.load(port, Stores.class.getClassLoader());
    return StreamSupport.stream(services.spliterator(), false).toList();
  }
}
