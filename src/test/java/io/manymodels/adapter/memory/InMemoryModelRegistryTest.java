package io.manymodels.adapter.memory;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.testing.ModelRegistryContract;
import org.junit.jupiter.api.Test;

class InMemoryModelRegistryTest extends ModelRegistryContract {
  private final InMemoryModelRegistry registry = new InMemoryModelRegistry();

  @Override
  protected ModelRegistry registry() {
    return registry;
  }

  @Override
  protected void publish(ArtifactDescriptor artifact, byte[] bytes) {
    registry.publish(artifact);
  }

  @Override
  protected void setLive(ModelRef ref) {
    registry.setLive(ref);
  }

  @Test
  void aVersionNeverChanges() throws Exception {
    ArtifactDescriptor published = publish("tenant1", 1);
    assertThatIllegalStateException()
        .isThrownBy(() -> registry.publish(published))
        .withMessage("tenant1/1 is published already");
  }
}
