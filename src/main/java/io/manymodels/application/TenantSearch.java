package io.manymodels.application;

import io.manymodels.access.TenantScope;
import io.manymodels.measuring.TenantOrder;
import io.manymodels.model.TenantId;
import java.util.List;
import java.util.Objects;

/**
 * Which tenants' figures are asked for.
 *
 * @param order a {@link TenantOrder#word}
 * @param limit {@code 1..1000}
 * @param prefix of their names; empty for all
 * @param scope the tenants that the caller may see, as {@link TenantScope#texts}
 */
public record TenantSearch(String order, int limit, String prefix, List<String> scope) {
  public static final int MAX_LIMIT = 1_000;

  /** Throws {@link IllegalArgumentException} when the limit is out of range. */
  public TenantSearch {
    Objects.requireNonNull(order, "key 'order': missing");
    Objects.requireNonNull(prefix, "key 'prefix': missing");
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit: " + limit + " is not in 1.." + MAX_LIMIT);
    }
    scope = List.copyOf(scope);
  }

  /** The order; that by requests when another build has sent one that is not known here. */
  TenantOrder tenantOrder() {
    return TenantOrder.ofWord(order).orElse(TenantOrder.REQUESTS);
  }

  /** Whether a tenant is one of those that are looked for. */
  boolean wants(TenantScope visible, TenantId tenant) {
    return tenant.value().startsWith(prefix) && visible.contains(tenant);
  }
}
