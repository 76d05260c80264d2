package io.manymodels.registry;

import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * One look at the live versions of many tenants, for everybody who holds models of theirs: however
 * many hold a tenant's model, the registry is asked for it once. Thread-safe.
 *
 * <p>Rests in between, where the registry is asked for one tenant after the other: predictions that
 * have to wait for a processor wait for a time slice of whoever has it.
 */
public final class VersionLook {
  /**
   * After a look at some tenants, by the time that it took: a look at all takes a fifth of a
   * processor.
   */
  private static final int REST = 4;

  private static final Duration MAX_REST = Duration.ofMillis(20);

  private final ModelRegistry registry;
  private final Ticker ticker;

  public VersionLook(ModelRegistry registry, Ticker ticker) {
    this.registry = registry;
    this.ticker = ticker;
  }

  /**
   * Asks for these tenants, some at a time, and blocks until all were asked for.
   *
   * @param told takes each part of the answer, on the calling thread; each tenant is in one part
   * @throws ServingException {@code STORE_UNAVAILABLE} when the registry as a whole does not
   *     answer; parts may have been handed on before
   */
  public void at(Collection<TenantId> tenants, Consumer<LiveVersions> told) {
    List<TenantId> pending = List.copyOf(new TreeSet<>(tenants));
    int atOnce = Math.min(registry.tenantsAtOnce(), Math.max(1, pending.size()));
    for (int i = 0; i < pending.size(); i += atOnce) {
      int end = Math.min(pending.size(), i + atOnce);
      long start = ticker.nanos();
      LiveVersions part = registry.liveVersions(pending.subList(i, end));
      long took = ticker.nanos() - start;
      told.accept(part);
      if (end < pending.size()) {
        LockSupport.parkNanos(Math.min(MAX_REST.toNanos(), REST * took));
      }
    }
  }
}
