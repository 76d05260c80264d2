package io.manymodels.adapter.file;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import java.net.URI;

/** Registries at {@code file:/absolute/path}, with their artifacts. */
public final class FileModelRegistryProvider implements ModelRegistryProvider {

  @Override
  public String scheme() {
    return FolderUri.SCHEME;
  }

  @Override
  public ModelRegistry open(URI location) {
    return new FileModelRegistry(FolderUri.open(location));
  }

  @Override
  public ArtifactStore openArtifacts(URI location) {
    return new FileArtifactStore(FolderUri.open(location), FileArtifactStore.DEFAULT_LIMIT_BYTES);
  }
}
