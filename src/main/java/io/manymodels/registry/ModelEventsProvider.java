package io.manymodels.registry;

import java.net.URI;

/** Makes {@link ModelEvents} for one URI scheme; found by {@link java.util.ServiceLoader}. */
public interface ModelEventsProvider {

  /** The scheme this provider answers for, lower case, as {@code redis}. */
  String scheme();

  /**
   * Opens the events without calling anybody.
   *
   * @throws IllegalArgumentException when the URI is not one of this scheme's, with what is wrong
   */
  ModelEvents open(URI location);
}
