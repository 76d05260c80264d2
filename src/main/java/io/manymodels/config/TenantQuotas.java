package io.manymodels.config;

import io.manymodels.model.TenantId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The quota of each tenant.
 *
 * @param byDefault of a tenant that has none of its own
 * @param own at most {@value #MAX_OWN}; replace the default as a whole
 */
public record TenantQuotas(RequestQuota byDefault, SortedMap<TenantId, RequestQuota> own) {
  public static final int MAX_OWN = 10_000;

  /** No tenant is limited. */
  public static final TenantQuotas UNLIMITED =
      new TenantQuotas(RequestQuota.UNLIMITED, new TreeMap<>());

  /** Throws {@link IllegalArgumentException} when there are too many. */
  public TenantQuotas {
    if (own.size() > MAX_OWN) {
      throw new IllegalArgumentException(
          "key 'tenant_quotas': " + own.size() + " tenants are more than " + MAX_OWN);
    }
    own = Collections.unmodifiableSortedMap(new TreeMap<>(own));
  }

  public RequestQuota of(TenantId tenant) {
    return own.isEmpty() ? byDefault : own.getOrDefault(tenant, byDefault);
  }
}
