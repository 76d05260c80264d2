package io.manymodels.adapter.file;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.ArtifactStoreProvider;
import java.net.URI;

/** Artifact stores at {@code file:/absolute/path}, in the layout of a registry folder. */
public final class FileArtifactStoreProvider implements ArtifactStoreProvider {

  @Override
  public String scheme() {
    return FolderUri.SCHEME;
  }

  @Override
  public ArtifactStore open(URI location) {
    return new FileArtifactStore(FolderUri.open(location), FileArtifactStore.DEFAULT_LIMIT_BYTES);
  }
}
