package io.manymodels.adapter.azureblob;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.ArtifactStoreProvider;
import java.net.URI;

/** The artifacts of a registry at {@code azblob://ACCOUNT/CONTAINER[/PREFIX][?endpoint=URL]}. */
public final class AzureBlobArtifactStoreProvider implements ArtifactStoreProvider {

  @Override
  public String scheme() {
    return ContainerUri.SCHEME;
  }

  @Override
  public ArtifactStore open(URI location) {
    return new AzureBlobModelRegistryProvider().openArtifacts(location);
  }
}
