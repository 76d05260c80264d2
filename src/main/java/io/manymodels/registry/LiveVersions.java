package io.manymodels.registry;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The live versions of some tenants, as a registry told them at one time. A tenant without a model
 * is in neither map. Immutable.
 *
 * @param versions of the tenants whose live version is known
 * @param broken the tenants whose live version cannot be told, each with the reason, while the
 *     registry as a whole answers; none of them is in {@code versions}
 */
public record LiveVersions(
    SortedMap<TenantId, ModelVersion> versions, SortedMap<TenantId, ServingException> broken) {

  /** Throws {@link IllegalArgumentException} when a tenant is in both maps. */
  public LiveVersions {
    versions = Collections.unmodifiableSortedMap(new TreeMap<>(versions));
    broken = Collections.unmodifiableSortedMap(new TreeMap<>(broken));
    if (!Collections.disjoint(versions.keySet(), broken.keySet())) {
      throw new IllegalArgumentException("a tenant is broken and has a live version");
    }
  }

  /**
   * Asks for one tenant after the other. A failure of one tenant is kept and the others are asked
   * all the same; but when the registry as a whole does not answer either, nobody else is asked.
   *
   * @param live the live version of a tenant, as {@link ModelRegistry#liveVersion}
   * @param check throws what {@link ModelRegistry#check} throws
   * @throws ServingException {@code STORE_UNAVAILABLE} when {@code check} throws it
   */
  public static LiveVersions ofEach(
      Collection<TenantId> tenants,
      Function<TenantId, Optional<ModelVersion>> live,
      Runnable check) {
    SortedMap<TenantId, ModelVersion> versions = new TreeMap<>();
    SortedMap<TenantId, ServingException> broken = new TreeMap<>();
    for (TenantId tenant : tenants) {
      try {
        live.apply(tenant).ifPresent(version -> versions.put(tenant, version));
      } catch (ServingException e) {
        if (e.code() == ErrorCode.STORE_UNAVAILABLE) {
          check.run();
        }
        broken.put(tenant, e);
      } catch (RuntimeException defect) {
        broken.put(
            tenant, new ServingException(ErrorCode.INTERNAL, tenant + ": " + defect, defect));
      }
    }
    return new LiveVersions(versions, broken);
  }
}
