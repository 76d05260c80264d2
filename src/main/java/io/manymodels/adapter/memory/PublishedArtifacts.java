package io.manymodels.adapter.memory;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The artifacts of an {@link InMemoryModelRegistry}. Thread-safe. */
final class PublishedArtifacts implements ArtifactStore {
  private final InMemoryModelRegistry registry;

  PublishedArtifacts(InMemoryModelRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
    return registry.bytes(artifact.ref());
  }

  @Override
  public void close() {}
}
