package io.manymodels.registry;

import io.manymodels.model.TenantId;
import java.util.HashSet;
import java.util.Set;

/**
 * Tells the log of names that are not taken as versions, each once as long as the process lives.
 * Tells of {@value #MAX_TOLD} at most. Thread-safe.
 */
public final class IgnoredVersions {
  private static final System.Logger LOG = System.getLogger(IgnoredVersions.class.getName());
  private static final int MAX_TOLD = 1_000;

  private final Set<String> told = new HashSet<>();

  /** Tells that the tenant has an entry of this name, unless it was told before. */
  public void note(TenantId tenant, String name) {
    IgnoredEntry entry = IgnoredEntry.noVersion(tenant, name);
    synchronized (told) {
      if (told.size() >= MAX_TOLD || !told.add(entry.name())) {
        return;
      }
    }
    LOG.log(System.Logger.Level.WARNING, "not taken as a version: {0}", entry);
  }
}
