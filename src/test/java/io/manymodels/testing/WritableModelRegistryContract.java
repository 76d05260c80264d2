package io.manymodels.testing;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.WritableModelRegistry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every {@link WritableModelRegistry} does. The registry under test starts empty. */
public abstract class WritableModelRegistryContract extends ModelRegistryContract {

  @Override
  protected abstract WritableModelRegistry registry();

  /** The store that holds the registry's artifacts. */
  protected abstract ArtifactStore artifacts();

  @Override
  protected void publish(ArtifactDescriptor artifact, byte[] bytes) {
    registry().publish(artifact, "of a test", ByteBuffer.wrap(bytes));
  }

  @Test
  void whatIsPublishedCanBeRead() throws Exception {
    byte[] bytes = bytes(3_000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 4), bytes);
    ByteBuffer wider = ByteBuffer.allocate(3_020).position(10).put(bytes).flip().position(10);
    registry().publish(artifact, "", wider.asReadOnlyBuffer());
    assertThat(wider.position()).isEqualTo(10);
    assertThat(registry().describe(artifact.ref())).contains(artifact);
    assertThat(artifacts().read(artifact)).get().extracting(Artifacts::toArray).isEqualTo(bytes);
  }

  @Test
  void theDescriptionIsKept() throws Exception {
    publish("tenant1", 1);
    assertThat(registry().description(ref("tenant1", 1))).isEqualTo("of a test");
    assertThat(registry().description(ref("tenant1", 2))).isEmpty();
  }

  @Test
  void aVersionIsPublishedOnce() throws Exception {
    ArtifactDescriptor first = publish("tenant1", 1);
    byte[] other = bytes(50, 7);
    assertFails(
        ErrorCode.VERSION_EXISTS,
        () -> publish(describe(ref("tenant1", 1), other), other),
        "tenant1/1");
    assertThat(registry().describe(first.ref())).contains(first);
    assertThat(toArray(artifacts().read(first).orElseThrow())).isEqualTo(bytes(100, 1));
  }

  @Test
  void ofManyPublishersOfOneVersionOneSucceeds() throws Exception {
    ModelRef ref = ref("tenant1", 1);
    List<byte[]> published =
        Parallel.call(
                8,
                () -> {
                  byte[] own = bytes(2_000, Thread.currentThread().hashCode());
                  try {
                    registry().publish(describe(ref, own), "", ByteBuffer.wrap(own));
                    return own;
                  } catch (ServingException e) {
                    assertThat(e.code()).isEqualTo(ErrorCode.VERSION_EXISTS);
                    return new byte[0];
                  }
                })
            .stream()
            .filter(own -> own.length > 0)
            .toList();
    assertThat(published).hasSize(1);
    ArtifactDescriptor artifact = describe(ref, published.get(0));
    assertThat(registry().describe(ref)).contains(artifact);
    assertThat(toArray(artifacts().read(artifact).orElseThrow())).isEqualTo(published.get(0));
  }

  @Test
  void onlyAVersionThatExistsBecomesLive() throws Exception {
    publish("tenant1", 1);
    assertFails(
        ErrorCode.MODEL_VERSION_NOT_FOUND,
        () -> registry().setLive(ref("tenant1", 2)),
        "tenant1/2");
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(1));
    publish("tenant1", 2);
    registry().setLive(ref("tenant1", 1));
    registry().setLive(ref("tenant1", 1));
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(1));
  }

  @Test
  void theLiveVersionsOfManyTenantsAreReadAtOnce() throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 2);
    publish("tenant2", 5);
    publish("tenant3", 6);
    registry().setLive(ref("tenant1", 1));
    assertThat(
            registry()
                .liveVersions(Set.of(TENANT, new TenantId("tenant2"), new TenantId("nobody")))
                .versions())
        .hasToString("{tenant1=1, tenant2=5}");
  }

  @Test
  void aVersionThatIsNotLiveCanBeDeleted() throws Exception {
    ArtifactDescriptor first = publish("tenant1", 1);
    publish("tenant1", 2);
    assertFails(ErrorCode.VERSION_LIVE, () -> registry().delete(ref("tenant1", 2)), "tenant1/2");
    registry().delete(first.ref());
    assertThat(registry().versions(TENANT)).containsExactly(new ModelVersion(2));
    assertThat(registry().describe(first.ref())).isEmpty();
    assertThat(artifacts().read(first)).isEmpty();
    assertFails(
        ErrorCode.MODEL_VERSION_NOT_FOUND, () -> registry().delete(first.ref()), "tenant1/1");
  }

  @Test
  void aTenantCanBeDeletedWhollyAndPublishedAnew() throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 2);
    publish("tenant2", 1);
    registry().setLive(ref("tenant1", 1));
    registry().delete(TENANT);
    assertThat(registry().tenants()).containsExactly(new TenantId("tenant2"));
    assertThat(registry().liveVersion(TENANT)).isEmpty();
    assertFails(ErrorCode.MODEL_NOT_FOUND, () -> registry().delete(TENANT), "tenant1");
    publish("tenant1", 1);
    assertThat(registry().liveVersion(TENANT)).contains(new ModelVersion(1));
  }
}
