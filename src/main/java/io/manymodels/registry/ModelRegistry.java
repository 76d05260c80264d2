package io.manymodels.registry;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which models exist, in which versions, and which version is live. Thread-safe; every call may be
 * remote and slow. Opening a registry makes no call.
 *
 * <p>The live version of a tenant is the one that its alias {@code live} names; without one, the
 * highest version. Every method throws {@link io.manymodels.model.ServingException} with {@code
 * STORE_UNAVAILABLE} when the registry cannot be asked, and {@code LOAD_FAILED} when what it holds
 * for the tenant cannot be understood (metadata broken, alias to a missing version).
 */
public interface ModelRegistry extends AutoCloseable {

  /** The tenant's live version, or empty when the tenant has no model. */
  Optional<ModelVersion> liveVersion(TenantId tenant);

  /** The artifact of one model, or empty when there is no such version. */
  Optional<ArtifactDescriptor> describe(ModelRef ref);

  /** What its publisher said of one model, for people; empty when nothing is known. */
  default String description(ModelRef ref) {
    return "";
  }

  /** The tenant's versions in ascending order; empty when the tenant has no model. */
  List<ModelVersion> versions(TenantId tenant);

  /** Every tenant that has a model, in order. */
  List<TenantId> tenants();

  /**
   * The live versions of these tenants, as cheaply as the registry allows. Left out are tenants
   * without a model, and those whose state cannot be understood.
   */
  default SortedMap<TenantId, ModelVersion> liveVersions(Collection<TenantId> tenants) {
    SortedMap<TenantId, ModelVersion> live = new TreeMap<>();
    for (TenantId tenant : tenants) {
      try {
        liveVersion(tenant).ifPresent(version -> live.put(tenant, version));
      } catch (ServingException e) {
        if (e.code() != ErrorCode.LOAD_FAILED) {
          throw e;
        }
      }
    }
    return live;
  }

  /**
   * For how many tenants {@link #liveVersions} is to be asked at once by those who can wait. Few
   * where each costs the same, so that whoever asks for thousands can leave the processor to others
   * in between; as many as there are where one call may answer for all.
   */
  default int tenantsAtOnce() {
    return Integer.MAX_VALUE;
  }

  /** Closes what this registry opened; does not throw. */
  @Override
  void close();
}
