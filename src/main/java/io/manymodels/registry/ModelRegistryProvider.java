package io.manymodels.registry;

import io.manymodels.artifact.ArtifactStore;
import java.net.URI;

/** Makes {@link ModelRegistry}s for one URI scheme; found by {@link java.util.ServiceLoader}. */
public interface ModelRegistryProvider {

  /** The scheme this provider answers for, lower case, as {@code file}. */
  String scheme();

  /**
   * Opens the registry without calling it.
   *
   * @throws IllegalArgumentException when the URI is not one of this scheme's, with what is wrong
   */
  ModelRegistry open(URI location);

  /**
   * Opens the registry for publishing, without calling it.
   *
   * @throws IllegalArgumentException also when registries of this scheme cannot be published to
   */
  default WritableModelRegistry openWritable(URI location) {
    throw new IllegalArgumentException("registries at " + scheme() + ": cannot be published to");
  }

  /** Opens the store that holds the artifacts of the registry at {@code location}. */
  ArtifactStore openArtifacts(URI location);
}
