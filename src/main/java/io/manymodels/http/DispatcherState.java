package io.manymodels.http;

import io.manymodels.deployment.Dispatcher;
import io.manymodels.placement.Generation;

/** What the edge has to know of the Dispatcher behind it. Thread-safe. */
record DispatcherState(Dispatcher<DeploymentMap> dispatcher) {

  /** Bytes that a body may have now. */
  int maxBodyBytes() {
    return dispatcher.config().maxBodyBytes();
  }

  /** Whether it knows where tenants are placed. */
  boolean hasTable() {
    return dispatcher.table().table().generation().newerThan(Generation.NONE);
  }
}
