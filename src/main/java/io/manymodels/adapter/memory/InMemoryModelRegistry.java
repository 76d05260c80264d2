package io.manymodels.adapter.memory;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A registry that lives and dies with the process; holds descriptors only, one for each published
 * version. Thread-safe.
 */
public final class InMemoryModelRegistry implements ModelRegistry {
  private final ConcurrentNavigableMap<
          TenantId, ConcurrentNavigableMap<ModelVersion, ArtifactDescriptor>>
      models = new ConcurrentSkipListMap<>();
  private final Map<TenantId, ModelVersion> live = new ConcurrentHashMap<>();

  /**
   * Adds a version.
   *
   * @throws IllegalStateException when it is there already: versions never change
   */
  public void publish(ArtifactDescriptor artifact) {
    ArtifactDescriptor earlier =
        models
            .computeIfAbsent(artifact.ref().tenant(), tenant -> new ConcurrentSkipListMap<>())
            .putIfAbsent(artifact.ref().version(), artifact);
    if (earlier != null) {
      throw new IllegalStateException(artifact.ref() + " is published already");
    }
  }

  /** Sets the alias {@code live}; whether there is such a version shows when it is asked for. */
  public void setLive(ModelRef ref) {
    live.put(ref.tenant(), ref.version());
  }

  @Override
  public Optional<ModelVersion> liveVersion(TenantId tenant) {
    NavigableMap<ModelVersion, ArtifactDescriptor> versions = versionsOf(tenant);
    ModelVersion alias = live.get(tenant);
    if (alias != null && !versions.containsKey(alias)) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          tenant + ": the alias live names version " + alias + ", which does not exist");
    }
    return alias != null
        ? Optional.of(alias)
        : Optional.ofNullable(versions.lastEntry()).map(Map.Entry::getKey);
  }

  @Override
  public Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return Optional.ofNullable(versionsOf(ref.tenant()).get(ref.version()));
  }

  @Override
  public List<ModelVersion> versions(TenantId tenant) {
    return List.copyOf(versionsOf(tenant).keySet());
  }

  @Override
  public List<TenantId> tenants() {
    return models.keySet().stream().filter(tenant -> !versionsOf(tenant).isEmpty()).toList();
  }

  @Override
  public void check() {}

  @Override
  public void close() {}

  private NavigableMap<ModelVersion, ArtifactDescriptor> versionsOf(TenantId tenant) {
    NavigableMap<ModelVersion, ArtifactDescriptor> versions = models.get(tenant);
    return versions == null ? new ConcurrentSkipListMap<>() : versions;
  }
}
