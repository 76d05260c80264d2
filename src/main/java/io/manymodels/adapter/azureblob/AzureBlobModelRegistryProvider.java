package io.manymodels.adapter.azureblob;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.config.Environment;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.registry.WritableModelRegistry;
import java.net.URI;

/**
 * Registries at {@code azblob://ACCOUNT/CONTAINER[/PREFIX][?endpoint=URL]}, with their artifacts.
 * Signs in by the environment: {@code AZURE_STORAGE_CONNECTION_STRING}, {@code
 * AZURE_STORAGE_SAS_TOKEN}, {@code AZURE_STORAGE_KEY}, else by the machine's identity.
 */
public final class AzureBlobModelRegistryProvider implements ModelRegistryProvider {
  private final Environment environment;

  public AzureBlobModelRegistryProvider() {
    this(Environment.ofProcess());
  }

  AzureBlobModelRegistryProvider(Environment environment) {
    this.environment = environment;
  }

  @Override
  public String scheme() {
    return ContainerUri.SCHEME;
  }

  @Override
  public ModelRegistry open(URI location) {
    return openWritable(location);
  }

  @Override
  public WritableModelRegistry openWritable(URI location) {
    return new AzureBlobModelRegistry(container(location));
  }

  @Override
  public ArtifactStore openArtifacts(URI location) {
    return new AzureBlobArtifactStore(
        container(location), AzureBlobArtifactStore.DEFAULT_LIMIT_BYTES);
  }

  private BlobContainer container(URI location) {
    return BlobContainer.open(
        ContainerUri.parse(location), new AzureCredentials(environment), BlobContainer.MAX_PAGE);
  }
}
