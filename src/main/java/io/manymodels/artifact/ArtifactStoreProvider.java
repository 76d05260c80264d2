package io.manymodels.artifact;

import java.net.URI;

/** Makes {@link ArtifactStore}s for one URI scheme; found by {@link java.util.ServiceLoader}. */
public interface ArtifactStoreProvider {

  /** The scheme this provider answers for, lower case, as {@code file}. */
  String scheme();

  /**
   * Opens the store without calling it.
   *
   * @throws IllegalArgumentException when the URI is not one of this scheme's, with what is wrong
   */
  ArtifactStore open(URI location);
}
