package io.manymodels.registry;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

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

  /** The description that its publisher gave a model; empty when there is none. */
  default String description(ModelRef ref) {
    return "";
  }

  /** The tenant's versions in ascending order; empty when the tenant has no model. */
  List<ModelVersion> versions(TenantId tenant);

  /** Every tenant that has a model, in order. */
  List<TenantId> tenants();

  /**
   * The live versions of these tenants, as cheaply as the registry allows. A fault of one tenant's
   * entry does not affect the others.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE} when the registry as a whole does not answer
   */
  default LiveVersions liveVersions(Collection<TenantId> tenants) {
    return LiveVersions.ofEach(tenants, this::liveVersion, this::check);
  }

  /**
   * Whether the tenant has a model. One whose entry is broken has one too: what is wrong with it
   * shows when it is loaded.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE} when the registry as a whole does not answer
   */
  default boolean hasModel(TenantId tenant) {
    LiveVersions told = liveVersions(List.of(tenant));
    return !told.versions().isEmpty() || !told.broken().isEmpty();
  }

  /**
   * The entries under the tenant's name that are not taken as versions, in order, for people to
   * read. Names that begin with a dot are left out.
   */
  default List<IgnoredEntry> ignored(TenantId tenant) {
    return List.of();
  }

  /** All entries of the registry that are taken neither for a tenant nor for a version. */
  default List<IgnoredEntry> ignored() {
    return tenants().stream().flatMap(tenant -> ignored(tenant).stream()).toList();
  }

  /**
   * Returns when calls are likely to succeed, by one cheap call that concerns no single tenant.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE}, with the reason
   */
  void check();

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
