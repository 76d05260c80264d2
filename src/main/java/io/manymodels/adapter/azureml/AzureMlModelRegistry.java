package io.manymodels.adapter.azureml;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import io.manymodels.registry.IgnoredVersions;
import io.manymodels.registry.ModelRegistry;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The registry in a workspace or registry of Azure Machine Learning, read only. Every call asks
 * anew. Thread-safe.
 *
 * <p>The live version is the one with the tag {@code live: true}; without one, the highest.
 * Versions that are archived or unfinished do not exist here, and those whose name is no positive
 * integer are somebody else's; but a tag {@code live} on any of these is an error of the tenant's,
 * as is one on two versions, and never replaced by a guess.
 *
 * <p>A version without a digest in its tags is read as {@link UntaggedVersions} says.
 *
 * <p>{@link #liveVersions} asks once for each tenant: no listing of Azure's holds the tags of the
 * versions of more than one model.
 */
final class AzureMlModelRegistry implements ModelRegistry {
  private final AzureMlModels models;
  private final UntaggedVersions untagged;
  private final IgnoredVersions ignored = new IgnoredVersions();

  AzureMlModelRegistry(AzureMlModels models) {
    this.models = models;
    this.untagged =
        new UntaggedVersions(new VersionFiles(models), AzureMlArtifactStore.DEFAULT_LIMIT_BYTES);
  }

  @Override
  public Optional<ModelVersion> liveVersion(TenantId tenant) {
    List<ModelResource> all = models.versions(tenant);
    List<ModelResource> live =
        all.stream().filter(version -> VersionTags.isLive(tenant, version)).toList();
    if (live.size() > 1) {
      throw AzureMlFailures.loadFailed(
          tenant,
          "more than one version has the tag live: "
              + live.stream().map(ModelResource::name).sorted().collect(Collectors.joining(", ")));
    }
    if (live.isEmpty()) {
      noteUnnumbered(tenant, all);
      List<ModelVersion> versions = ascending(all);
      return versions.isEmpty() ? Optional.empty() : Optional.of(versions.get(versions.size() - 1));
    }
    ModelResource named = live.get(0);
    if (!exists(named)) {
      throw AzureMlFailures.loadFailed(
          tenant,
          "the tag live is on version "
              + named.name()
              + ", which is "
              + (named.isArchived()
                  ? "archived"
                  : named.isUnfinished() ? "unfinished" : "no positive integer"));
    }
    return Optional.of(number(named));
  }

  @Override
  public Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return models
        .version(ref)
        .filter(AzureMlModelRegistry::exists)
        .map(
            version ->
                VersionTags.describes(version)
                    ? VersionTags.describe(ref, version)
                    : untagged.describe(ref, version));
  }

  @Override
  public List<ModelVersion> versions(TenantId tenant) {
    return ascending(models.versions(tenant));
  }

  /** A tenant whose versions are all archived is among them, until the model is archived too. */
  @Override
  public List<TenantId> tenants() {
    return models.models().stream()
        .filter(model -> !model.isArchived())
        .map(model -> tenantNamed(model.name()))
        .flatMap(Optional::stream)
        .collect(Collectors.toCollection(TreeSet::new))
        .stream()
        .toList();
  }

  /** Versions with names that are no numbers, which others may have made for themselves. */
  @Override
  public List<IgnoredEntry> ignored(TenantId tenant) {
    return models.versions(tenant).stream()
        .filter(version -> !version.isArchived())
        .flatMap(version -> Optional.ofNullable(version.name()).stream())
        .filter(name -> ModelVersion.parse(name).isEmpty())
        .sorted()
        .map(name -> IgnoredEntry.noVersion(tenant, name))
        .toList();
  }

  @Override
  public void check() {
    models.check();
  }

  @Override
  public void close() {
    models.close();
  }

  private static List<ModelVersion> ascending(List<ModelResource> versions) {
    return versions.stream()
        .filter(AzureMlModelRegistry::exists)
        .map(AzureMlModelRegistry::number)
        .distinct()
        .sorted()
        .toList();
  }

  private void noteUnnumbered(TenantId tenant, List<ModelResource> versions) {
    for (ModelResource version : versions) {
      if (version.name() != null
          && !version.isArchived()
          && ModelVersion.parse(version.name()).isEmpty()) {
        ignored.note(tenant, version.name());
      }
    }
  }

  private static boolean exists(ModelResource version) {
    return version.name() != null
        && ModelVersion.parse(version.name()).isPresent()
        && !version.isArchived()
        && !version.isUnfinished();
  }

  private static ModelVersion number(ModelResource version) {
    return ModelVersion.parse(String.valueOf(version.name())).orElseThrow();
  }

  private static Optional<TenantId> tenantNamed(@Nullable String name) {
    return Optional.ofNullable(name).flatMap(TenantId::parse);
  }
}
