package io.manymodels.adapter.azureml;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import java.net.URI;

/**
 * Registries at {@code azureml://subscriptions/S/resourceGroups/G/workspaces/W} and {@code
 * .../registries/R}, with their artifacts. Cannot be published to: a version there cannot be made
 * so that of several publishers exactly one succeeds.
 */
public final class AzureMlModelRegistryProvider implements ModelRegistryProvider {

  @Override
  public String scheme() {
    return AzureMlLocation.SCHEME;
  }

  @Override
  public ModelRegistry open(URI location) {
    return new AzureMlModelRegistry(models(location));
  }

  @Override
  public ArtifactStore openArtifacts(URI location) {
    return new AzureMlArtifactStore(models(location), AzureMlArtifactStore.DEFAULT_LIMIT_BYTES);
  }

  private static AzureMlModels models(URI location) {
    return new AzureMlModels(AzureMlLocation.parse(location), AzureAccess.byDefault());
  }
}
