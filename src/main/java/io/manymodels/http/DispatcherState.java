package io.manymodels.http;

import io.manymodels.application.Dispatcher;
import io.manymodels.placement.Generation;

/** The state of the Dispatcher that the edge depends on. Thread-safe. */
record DispatcherState(Dispatcher<DeploymentMap> dispatcher) {

  /** The limit of the configuration that is in force now. */
  BodyLimit bodyLimit() {
    return new BodyLimit(dispatcher.config().maxBodyBytes());
  }

  /** Whether it knows where tenants are placed. */
  boolean hasTable() {
    return dispatcher.table().table().generation().newerThan(Generation.NONE);
  }
}
