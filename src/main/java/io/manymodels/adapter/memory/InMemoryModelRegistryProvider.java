package io.manymodels.adapter.memory;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.registry.WritableModelRegistry;
import java.net.URI;

/**
 * Registries at {@code memory:NAME}, with their artifacts, shared by all of this process that open
 * the name. Each takes up to {@value #CAPACITY_MIB} MiB of artifacts, on the heap.
 */
public final class InMemoryModelRegistryProvider implements ModelRegistryProvider {
  private static final int CAPACITY_MIB = 256;
  private static final SharedByName<InMemoryModelRegistry> REGISTRIES = new SharedByName<>();

  @Override
  public String scheme() {
    return SharedByName.SCHEME;
  }

  @Override
  public ModelRegistry open(URI location) {
    return shared(location);
  }

  @Override
  public WritableModelRegistry openWritable(URI location) {
    return shared(location);
  }

  @Override
  public ArtifactStore openArtifacts(URI location) {
    return new PublishedArtifacts(shared(location));
  }

  private static InMemoryModelRegistry shared(URI location) {
    return REGISTRIES.get(location, () -> new InMemoryModelRegistry((long) CAPACITY_MIB << 20));
  }
}
