package io.manymodels.holding;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the registry watcher tells one replica: where the live versions differ from what the replica
 * reported. A hint, not a truth: the replica asks the registry itself before it switches a model.
 * Travels as it is (json.Wire). Immutable.
 *
 * @param known number of the newest {@link HeldVersions} that the watcher has; 0 when it has none
 * @param covered whether the watcher looks, and has looked at all models in that report, so that
 *     the replica need not look
 * @param live the live versions of tenants whose model may be another, or was refused
 * @param broken tenants whose live version cannot be told
 */
public record VersionWord(
    long known, boolean covered, SortedMap<TenantId, ModelVersion> live, List<Broken> broken) {

  public VersionWord {
    live = Collections.unmodifiableSortedMap(new TreeMap<>(live));
    broken = List.copyOf(broken);
  }

  /** A tenant whose entry in the registry is broken, and why. */
  public record Broken(TenantId tenant, ErrorCode code, String detail) {
    public Broken {
      Objects.requireNonNull(tenant, "key 'tenant': missing");
      Objects.requireNonNull(code, "key 'code': missing");
      Objects.requireNonNull(detail, "key 'detail': missing");
    }

    public static Broken of(TenantId tenant, ServingException e) {
      return new Broken(tenant, e.code(), String.valueOf(e.getMessage()));
    }
  }

  /** Whether it tells of any tenant. */
  boolean namesTenants() {
    return !live.isEmpty() || !broken.isEmpty();
  }

  /** The same as a part of a look at the registry. */
  LiveVersions told() {
    SortedMap<TenantId, ServingException> reasons = new TreeMap<>();
    broken.forEach(each -> reasons.put(each.tenant, new ServingException(each.code, each.detail)));
    reasons.keySet().removeAll(live.keySet());
    return new LiveVersions(live, reasons);
  }
}
