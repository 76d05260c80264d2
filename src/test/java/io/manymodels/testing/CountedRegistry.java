package io.manymodels.testing;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import io.manymodels.registry.ModelRegistry;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A registry that answers for all tenants at once, as a listing does, and remembers for how many it
 * was asked each time. Thread-safe.
 */
public final class CountedRegistry implements ModelRegistry {
  private final ModelRegistry registry;
  private final List<Integer> looks = new CopyOnWriteArrayList<>();
  private volatile boolean away;

  public CountedRegistry(ModelRegistry registry) {
    this.registry = registry;
  }

  /** How often it was asked for the live versions of many. */
  public int looks() {
    return looks.size();
  }

  /** For how many tenants it was asked each time, since this was called last. */
  public List<Integer> take() {
    List<Integer> taken = List.copyOf(looks);
    looks.clear();
    return taken;
  }

  /** Has looks at many tenants fail, and nothing else. */
  public void away(boolean whether) {
    away = whether;
  }

  @Override
  public LiveVersions liveVersions(Collection<TenantId> tenants) {
    if (away) {
      throw new ServingException(ErrorCode.STORE_UNAVAILABLE, "the registry is away");
    }
    looks.add(tenants.size());
    return registry.liveVersions(tenants);
  }

  @Override
  public Optional<ModelVersion> liveVersion(TenantId tenant) {
    return registry.liveVersion(tenant);
  }

  @Override
  public Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return registry.describe(ref);
  }

  @Override
  public List<ModelVersion> versions(TenantId tenant) {
    return registry.versions(tenant);
  }

  @Override
  public List<TenantId> tenants() {
    return registry.tenants();
  }

  @Override
  public void check() {
    registry.check();
  }

  @Override
  public void close() {
    registry.close();
  }
}
