package io.manymodels.holding;

import io.manymodels.model.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The held models that are not known to be of the live version, each with the reason. Tells the log
 * of each fault once, however often it is noted, and when it is over. Thread-safe.
 */
final class RefusedVersions {
  private static final System.Logger LOG = System.getLogger(RefusedVersions.class.getName());

  /** Faults that the log names between two calls of {@link #endPoll}; of the others the number. */
  private static final int MAX_NAMED = 20;

  private final SortedMap<TenantId, Refreshed> refused = new TreeMap<>();
  private int faults;

  /** Notes how a tenant was refreshed. */
  synchronized void note(Refreshed refreshed) {
    if (refreshed.state() != Refreshed.State.REFUSED) {
      clear(refreshed.tenant());
      return;
    }
    @Nullable Refreshed before = refused.put(refreshed.tenant(), refreshed);
    if (before != null && before.detail().equals(refreshed.detail())) {
      return;
    }
    faults++;
    if (faults <= MAX_NAMED) {
      LOG.log(
          System.Logger.Level.WARNING,
          "tenant {0} stays at version {1}: {2}",
          refreshed.tenant(),
          refreshed.version().map(Objects::toString).orElse("none"),
          refreshed.detail());
    }
  }

  /** Notes that the tenant's live version is the one that is held. */
  synchronized void clear(TenantId tenant) {
    if (refused.remove(tenant) != null) {
      LOG.log(System.Logger.Level.INFO, "tenant {0} is at its live version again", tenant);
    }
  }

  /** Forgets all other tenants. */
  synchronized void retain(Set<TenantId> held) {
    refused.keySet().retainAll(held);
  }

  /** Tells the log how many faults were not named since this was called last. */
  synchronized void endPoll() {
    if (faults > MAX_NAMED) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} more tenants are not at their live versions; see behind in GET /status",
          faults - MAX_NAMED);
    }
    faults = 0;
  }

  synchronized Collection<Refreshed> all() {
    return List.copyOf(refused.values());
  }
}
