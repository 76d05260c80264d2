package io.manymodels.placement;

import java.net.URI;

/** Makes {@link PlacementStore}s for one URI scheme; found by {@link java.util.ServiceLoader}. */
public interface PlacementStoreProvider {

  /** The scheme this provider answers for, lower case, as {@code file}. */
  String scheme();

  /**
   * Opens the store without calling it.
   *
   * @throws IllegalArgumentException when the URI is not one of this scheme's, with what is wrong
   */
  PlacementStore open(URI location);
}
