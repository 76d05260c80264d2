package io.manymodels.adapter.azureblob;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.toArray;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.testing.Azurite;
import io.manymodels.testing.Parallel;
import io.manymodels.testing.Tenants;
import io.manymodels.testing.WritableModelRegistryContract;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AzureBlobModelRegistryTest extends WritableModelRegistryContract {
  private static final ModelRef REF = ref("tenant1", 1);

  private TestContainer container;
  private WritableModelRegistry registry;

  /** Before all: an abort before each would be followed by the closing of nothing. */
  @BeforeAll
  static void start() {
    Azurite.shared();
  }

  @BeforeEach
  void open() {
    container = TestContainer.create();
    registry = container.registry();
  }

  @Override
  protected WritableModelRegistry registry() {
    return registry;
  }

  @Override
  protected ArtifactStore artifacts() {
    return container.artifacts(4_000_000);
  }

  /** As a foreign tool does, which does not look whether there is such a version. */
  @Override
  protected void setLive(ModelRef ref) {
    container.put(BlobNames.live(ref.tenant()), ref.version() + "\n");
  }

  @Test
  void theProviderIsFoundByItsSchemeAndOpensAll() throws Exception {
    assertThat(ServiceLoader.load(ModelRegistryProvider.class))
        .filteredOn(found -> found.scheme().equals("azblob"))
        .singleElement()
        .isInstanceOf(AzureBlobModelRegistryProvider.class);
    ModelRegistryProvider provider = new AzureBlobModelRegistryProvider(TestContainer.KEY);
    byte[] bytes = bytes(10, 1);
    ArtifactDescriptor artifact = describe(REF, bytes);
    provider.openWritable(container.uri()).publish(artifact, "", ByteBuffer.wrap(bytes));
    assertThat(provider.open(container.uri()).describe(REF)).contains(artifact);
    assertThat(provider.openArtifacts(container.uri()).read(artifact)).isPresent();
  }

  @Test
  void aPlainLayoutOfOthersIsUnderstood() throws Exception {
    byte[] bytes = bytes(10, 1);
    ArtifactDescriptor artifact = describe(REF, bytes);
    container.put("tenant1/1/model.onnx", bytes);
    container.put("tenant1/1/metadata.json", Json.write(ArtifactMetadata.of(artifact, "by hand")));
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
    assertThat(registry.describe(REF)).contains(artifact);
    assertThat(toArray(artifacts().read(artifact).orElseThrow())).isEqualTo(bytes);
    publish("tenant1", 2);
    registry.delete(REF);
    assertThat(container.names()).noneMatch(name -> name.startsWith("tenant1/1/"));
  }

  @Test
  void aPublisherThatDiedHalfwayIsNotSeenAndNotInTheWay() throws Exception {
    byte[] lost = bytes(10, 1);
    container.put(BlobNames.artifact(describe(REF, lost)), lost);
    container.put("tenant1/1/model.onnx", lost);
    assertThat(registry.tenants()).isEmpty();
    assertThat(registry.liveVersion(TENANT)).isEmpty();
    byte[] other = bytes(20, 2);
    ArtifactDescriptor artifact = describe(REF, other);
    publish(artifact, other);
    assertThat(toArray(artifacts().read(artifact).orElseThrow())).isEqualTo(other);
  }

  @Test
  void ofManyPublishersOfTheSameBytesOneSucceeds() throws Exception {
    byte[] bytes = bytes(2_000, 1);
    AtomicInteger refused = new AtomicInteger();
    Parallel.call(
        6,
        () -> {
          try {
            container.registry().publish(describe(REF, bytes), "", ByteBuffer.wrap(bytes));
          } catch (ServingException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.VERSION_EXISTS);
            refused.incrementAndGet();
          }
          return true;
        });
    assertThat(refused).hasValue(5);
    assertThat(artifacts().read(describe(REF, bytes))).isPresent();
  }

  /** The alias names a version that is there, in every order of the changes. */
  @Test
  void makingLiveAndDeletingAtOnceLeavesNoAliasToNothing() throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 99);
    registry.setLive(ref("tenant1", 99));
    for (int version = 2; version < 12; version++) {
      ModelRef ref = publish("tenant1", version).ref();
      AtomicInteger turn = new AtomicInteger();
      Parallel.call(
          2,
          () -> {
            try {
              if (turn.getAndIncrement() == 0) {
                registry.setLive(ref);
              } else {
                registry.delete(ref);
              }
            } catch (ServingException e) {
              assertThat(e.code()).isIn(ErrorCode.VERSION_LIVE, ErrorCode.MODEL_VERSION_NOT_FOUND);
            }
            return true;
          });
      assertThat(registry.liveVersion(TENANT)).isPresent();
    }
  }

  @Test
  void whatIsNoTenantOrVersionIsLeftAlone() throws Exception {
    publish("tenant1", 1);
    for (String other :
        List.of(
            ".git/1",
            "a b/1",
            "tenant1/x",
            "tenant1/01",
            "tenant1/99999999999999999",
            "tenant1/1/x")) {
      container.put(other + "/metadata.json", "{}");
    }
    container.put("README", "x");
    container.put("live", "1");
    container.put("tenant1/2/model.onnx", "x");
    assertThat(registry.tenants()).containsExactly(TENANT);
    assertThat(registry.versions(TENANT)).containsExactly(new ModelVersion(1));
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "latest", "0", "-1", "1 2", "99999999999999999", "../1", "1\n2"})
  void anAliasWithoutAVersionNumberIsBroken(String text) throws Exception {
    publish("tenant1", 1);
    container.put("tenant1/live", text);
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> registry.liveVersion(TENANT),
        "tenant1: the blob live does not hold a version number");
  }

  @Test
  void brokenMetadataAreNamedAndCanBeDeleted() throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 2);
    String text = new String(container.get("tenant1/1/metadata.json"), UTF_8);
    container.put("tenant1/1/metadata.json", text.replace("tenant1", "tenant2"));
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> registry.describe(REF),
        "tenant1/1: metadata.json is of tenant2/1");
    container.put("tenant1/1/metadata.json", "{");
    assertFails(ErrorCode.LOAD_FAILED, () -> registry.describe(REF), "tenant1/1: metadata.json: ");
    container.put("tenant1/1/metadata.json", bytes(ArtifactMetadata.MAX_BYTES + 1, 1));
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> registry.describe(REF),
        "larger than " + ArtifactMetadata.MAX_BYTES + " bytes");
    registry.delete(REF);
    assertThat(registry.versions(TENANT)).containsExactly(new ModelVersion(2));
  }

  @Test
  void deletingATenantFinishesWhatSomebodyHasBegun() throws Exception {
    publish("tenant1", 1);
    container.delete("tenant1/1/metadata.json");
    registry.delete(TENANT);
    assertThat(container.names()).isEmpty();
    assertFails(ErrorCode.MODEL_NOT_FOUND, () -> registry.delete(TENANT), "tenant1");
  }

  @Test
  void listingsOfManyPagesAreWhole() throws Exception {
    for (int tenant = 1; tenant <= 60; tenant++) {
      publish(Tenants.tenant(tenant).value(), 1);
    }
    WritableModelRegistry paged = container.registry(7);
    assertThat(paged.tenants()).isEqualTo(Tenants.firstTo(60));
    assertThat(paged.liveVersions(Tenants.firstTo(60)).versions().keySet())
        .containsExactlyElementsOf(Tenants.firstTo(60));
  }

  @Test
  void aPollOfManyTenantsSeesEachChangeAndLeavesOutWhatIsBroken() throws Exception {
    List<TenantId> asked = Tenants.firstTo(60);
    for (TenantId tenant : asked.subList(0, 59)) {
      publish(tenant.value(), 1);
      publish(tenant.value(), 2);
    }
    setLive(ref("tenant01", 1));
    setLive(ref("tenant02", 7));
    container.put("tenant03/live", "x");
    publish("another", 1);
    SortedMap<TenantId, ModelVersion> live = registry.liveVersions(asked).versions();
    assertThat(live).hasSize(57).containsEntry(Tenants.tenant(1), new ModelVersion(1));
    assertThat(live).containsEntry(Tenants.tenant(59), new ModelVersion(2));
    assertThat(registry.liveVersions(asked).versions()).isEqualTo(live);
    assertThat(registry.liveVersions(asked).broken())
        .containsOnlyKeys(Tenants.tenant(2), Tenants.tenant(3));
    setLive(ref("tenant01", 2));
    publish("tenant02", 7);
    publish("tenant04", 3);
    assertThat(registry.liveVersions(asked).versions())
        .hasSize(58)
        .containsEntry(Tenants.tenant(1), new ModelVersion(2))
        .containsEntry(Tenants.tenant(2), new ModelVersion(7))
        .containsEntry(Tenants.tenant(4), new ModelVersion(3));
  }
}
