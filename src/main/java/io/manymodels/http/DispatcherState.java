package io.manymodels.http;

import io.manymodels.deployment.Dispatcher;
import io.manymodels.placement.Generation;

/** What the edge has to know of the Dispatcher behind it. Thread-safe. */
record DispatcherState(Dispatcher<DeploymentMap> dispatcher) {

  /** Of the configuration that is in force now. */
  BodyLimit bodyLimit() {
    return new BodyLimit(dispatcher.config().maxBodyBytes());
  }

  /** Whether it knows where tenants are placed. */
  boolean hasTable() {
    return dispatcher.table().table().generation().newerThan(Generation.NONE);
  }
}
