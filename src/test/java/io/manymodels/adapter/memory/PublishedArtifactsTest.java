package io.manymodels.adapter.memory;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.testing.ArtifactStoreContract;
import java.nio.ByteBuffer;

class PublishedArtifactsTest extends ArtifactStoreContract {
  private final InMemoryModelRegistry registry = new InMemoryModelRegistry(64 << 20);
  private final PublishedArtifacts store = new PublishedArtifacts(registry);

  @Override
  protected ArtifactStore store() {
    return store;
  }

  /** The registry describes what it holds; the contract's descriptor need not fit. */
  @Override
  protected void put(ArtifactDescriptor artifact, byte[] bytes) {
    ArtifactDescriptor fitting =
        new ArtifactDescriptor(
            artifact.ref(), artifact.digest(), bytes.length, artifact.format(), artifact.created());
    registry.publish(fitting, "", ByteBuffer.wrap(bytes));
  }
}
