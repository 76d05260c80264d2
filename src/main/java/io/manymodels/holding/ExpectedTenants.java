package io.manymodels.holding;

import io.manymodels.loading.ModelSource;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Learns the live versions of tenants that are going to ask, several at once, because a registry
 * may be far away. Thread-safe.
 */
final class ExpectedTenants implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ExpectedTenants.class.getName());
  private static final int THREADS = 8;
  private static final int WAITING = 10_000;

  private final ModelSource source;
  private final BoundedPool threads;

  ExpectedTenants(ModelSource source) {
    this.source = source;
    this.threads = BoundedPool.of("expected-tenants", THREADS, WAITING);
  }

  /**
   * Returns when all is known, or soon after the registry is found to be away, or at the deadline.
   *
   * @return the tenants whose live version is not known now; one without a model is not among them
   */
  Set<TenantId> learn(Collection<TenantId> tenants, Deadline deadline) {
    Set<TenantId> unknown = ConcurrentHashMap.newKeySet();
    unknown.addAll(tenants);
    AtomicBoolean away = new AtomicBoolean();
    List<Runnable> lookups =
        tenants.stream().map(tenant -> (Runnable) () -> learn(tenant, unknown, away)).toList();
    try {
      threads.runAll(lookups, deadline);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.WARNING, "too many tenants are expected at once");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new TreeSet<>(unknown);
  }

  private void learn(TenantId tenant, Set<TenantId> unknown, AtomicBoolean away) {
    if (away.get()) {
      return;
    }
    try {
      if (source.learn(tenant)) {
        unknown.remove(tenant);
      }
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "not learnt: {0}", e.getMessage());
      if (e.code() == ErrorCode.STORE_UNAVAILABLE) {
        // Perhaps of this tenant only.
        away.compareAndSet(false, source.isRegistryAway());
      } else {
        // There is nothing to know, whoever asks.
        unknown.remove(tenant);
      }
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
