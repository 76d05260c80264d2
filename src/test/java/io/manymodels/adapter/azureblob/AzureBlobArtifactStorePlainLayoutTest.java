package io.manymodels.adapter.azureblob;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.testing.ArtifactStoreContract;
import io.manymodels.testing.Azurite;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** By the names of a registry folder that somebody has copied into a container. */
class AzureBlobArtifactStorePlainLayoutTest extends ArtifactStoreContract {
  private TestContainer container;
  private ArtifactStore store;

  /** Before all: an abort before each would be followed by the closing of nothing. */
  @BeforeAll
  static void start() {
    Azurite.shared();
  }

  @BeforeEach
  void open() {
    container = TestContainer.create(Azurite.shared(), "some/where/");
    store = container.artifacts(4_000_000);
  }

  @Override
  protected ArtifactStore store() {
    return store;
  }

  @Override
  protected void put(ArtifactDescriptor artifact, byte[] bytes) {
    container.put(BlobNames.plainArtifact(artifact), bytes);
  }
}
