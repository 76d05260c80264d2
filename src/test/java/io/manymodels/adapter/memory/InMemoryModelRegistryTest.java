package io.manymodels.adapter.memory;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.testing.WritableModelRegistryContract;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class InMemoryModelRegistryTest extends WritableModelRegistryContract {
  private final InMemoryModelRegistry registry = new InMemoryModelRegistry(1 << 20);

  @Override
  protected WritableModelRegistry registry() {
    return registry;
  }

  @Override
  protected ArtifactStore artifacts() {
    return new PublishedArtifacts(registry);
  }

  @Override
  protected void setLive(ModelRef ref) {
    registry.alias(ref);
  }

  @Test
  void itTakesNoMoreThanItsCapacityAndDeletingMakesRoom() throws Exception {
    byte[] large = bytes((1 << 20) - 3_000, 1);
    registry.publish(describe(ref("tenant1", 1), large), "", ByteBuffer.wrap(large));
    publish("tenant2", 1);
    ArtifactDescriptor refused = describe(ref("tenant3", 1), bytes(1_000, 3));
    assertFails(
        ErrorCode.STORE_UNAVAILABLE,
        () -> registry.publish(refused, "", ByteBuffer.wrap(bytes(1_000, 3))),
        "tenant3/1: the registry in memory takes at most 1048576 bytes");
    registry.delete(TENANT);
    registry.publish(refused, "", ByteBuffer.wrap(bytes(1_000, 3)));
    assertThat(registry.describe(refused.ref())).contains(refused);
  }

  @Test
  void theProviderSharesWhatHasOneName() throws Exception {
    ModelRegistryProvider provider =
        ServiceLoader.load(ModelRegistryProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.scheme().equals("memory"))
            .findFirst()
            .orElseThrow();
    URI one = URI.create("memory:of-this-test");
    byte[] bytes = bytes(10, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    provider.openWritable(one).publish(artifact, "", ByteBuffer.wrap(bytes));
    assertThat(provider.open(one).describe(artifact.ref())).contains(artifact);
    assertThat(provider.openArtifacts(one).read(artifact)).contains(ByteBuffer.wrap(bytes));
    assertThat(provider.open(URI.create("memory:another-of-this-test")).tenants()).isEmpty();
    for (String wrong : List.of("memory:a%20b", "memory:a/b", "memory://host", "file:models")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> provider.open(URI.create(wrong)))
          .withMessageStartingWith("expected memory:NAME");
    }
  }
}
