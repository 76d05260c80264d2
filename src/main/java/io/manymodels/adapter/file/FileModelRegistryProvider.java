package io.manymodels.adapter.file;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.time.Ticker;
import java.net.URI;

/** Registries at {@code file:/absolute/path}, with their artifacts. */
public final class FileModelRegistryProvider implements ModelRegistryProvider {

  @Override
  public String scheme() {
    return FolderUri.SCHEME;
  }

  @Override
  public ModelRegistry open(URI location) {
    return new FileModelRegistry(FolderUri.open(location), Ticker.SYSTEM);
  }

  /** A root that is missing is an empty registry here, because publishing creates it. */
  @Override
  public WritableModelRegistry openWritable(URI location) {
    return new FileModelRegistry(FolderUri.open(location).orEmpty(), Ticker.SYSTEM);
  }

  @Override
  public ArtifactStore openArtifacts(URI location) {
    return new FileArtifactStore(FolderUri.open(location), FileArtifactStore.DEFAULT_LIMIT_BYTES);
  }
}
