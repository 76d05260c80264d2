package io.manymodels.tracing;

import io.manymodels.config.Environment;

/** Sends spans to a collector. Found by {@code ServiceLoader}, and loaded only to be used. */
public interface TracingProvider {
  /**
   * Begins. Connects to nobody: a collector that is away is not waited for.
   *
   * @param process a name of this process, such as its replica's
   * @throws IllegalArgumentException when the environment holds a value that is not allowed
   */
  Tracing open(Environment environment, String process);
}
