package io.manymodels.artifact;

import java.net.URI;

/** Makes {@link ArtifactCache}s for one URI scheme; found by {@link java.util.ServiceLoader}. */
public interface ArtifactCacheProvider {

  /** The scheme this provider answers for, lower case, as {@code file}. */
  String scheme();

  /**
   * Opens the cache without using it.
   *
   * @throws IllegalArgumentException when the URI is not one of this scheme's, with what is wrong
   */
  ArtifactCache open(URI location);
}
