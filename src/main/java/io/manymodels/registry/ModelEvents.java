package io.manymodels.registry;

import io.manymodels.model.TenantId;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;

/**
 * Tells of tenants whose live version may have changed, faster than a poll of the registry finds
 * out. A hint, not a truth: an event may be lost, come late or twice. Opening makes no call.
 */
public interface ModelEvents extends AutoCloseable {

  /**
   * Tells everybody who listens. Thread-safe.
   *
   * @throws io.manymodels.model.ServingException {@code STORE_UNAVAILABLE}
   */
  void announce(Collection<TenantId> tenants);

  /**
   * Waits for events. The first call listens from now on; each later one goes on where the one
   * before ended, so that nothing between two calls is missed, an outage of the store included as
   * far as it kept the events. Called by one thread.
   *
   * @return the tenants announced, in no order; empty when there was none in time
   * @throws io.manymodels.model.ServingException {@code STORE_UNAVAILABLE}
   */
  Set<TenantId> await(Duration timeout) throws InterruptedException;

  /** Closes what was opened, and ends a call that waits; does not throw. */
  @Override
  void close();
}
