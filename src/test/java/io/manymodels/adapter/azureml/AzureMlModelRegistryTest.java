package io.manymodels.adapter.azureml;

import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.ModelRegistryProvider;
import io.manymodels.testing.ModelRegistryContract;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On {@link AzureMlStub}: never run against Azure. */
class AzureMlModelRegistryTest extends ModelRegistryContract {
  private static final ModelRef REF = ref("tenant1", 1);

  private AzureMlStub stub;
  private ModelRegistry registry;

  @BeforeEach
  void open() throws IOException {
    stub = new AzureMlStub();
    registry = new AzureMlModelRegistry(stub.models());
  }

  @AfterEach
  void closeStub() {
    stub.close();
  }

  @Override
  protected ModelRegistry registry() {
    return registry;
  }

  @Override
  protected void publish(ArtifactDescriptor artifact, byte[] bytes) {
    stub.publish(artifact, bytes);
  }

  @Override
  protected void setLive(ModelRef ref) {
    stub.setLive(ref);
  }

  @Test
  void theProviderIsFoundByItsSchemeAndOpensWithoutACall() {
    ModelRegistryProvider provider =
        ServiceLoader.load(ModelRegistryProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.scheme().equals("azureml"))
            .findFirst()
            .orElseThrow();
    provider.open(stub.uri()).close();
    provider.openArtifacts(stub.uri()).close();
    assertThat(stub.requests()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> provider.openWritable(stub.uri()))
        .withMessageContaining("cannot be published to");
  }

  @Test
  void aRegistryIsReadAsAWorkspaceIs() throws Exception {
    stub.beRegistry();
    registry = new AzureMlModelRegistry(stub.models());
    ArtifactDescriptor published = publish("tenant1", 1);
    publish("tenant1", 2);
    setLive(REF);
    assertThat(registry.tenants()).containsExactly(TENANT);
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
    assertThat(registry.describe(REF)).contains(published);
    assertThat(stub.requests()).allMatch(request -> request.contains("/registries/reg-test/"));
  }

  @Test
  void everyPageOfAListingIsRead() throws Exception {
    stub.pageSize(3);
    for (int i = 1; i <= 7; i++) {
      publish("tenant" + i, 1);
      publish("many", i);
    }
    assertThat(registry.tenants()).hasSize(8);
    assertThat(stub.requests("/models?")).isEqualTo(3);
    assertThat(registry.versions(new TenantId("many"))).hasSize(7);
    setLive(ref("many", 7));
    assertThat(registry.liveVersion(new TenantId("many"))).contains(new ModelVersion(7));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://elsewhere.example.com/x",
        "https://localhost/x",
        "http://localhost:PORT/x",
        "https://localhost:PORT@elsewhere.example.com/x",
        "https://user@localhost:PORT/x",
        "//elsewhere.example.com/x",
        "/x",
        "no URL"
      })
  void aNextPageElsewhereIsNotAskedFor(String link) throws Exception {
    stub.pageSize(1);
    stub.nextLink(
        right -> link.replace("PORT", stub.arm().substring(stub.arm().lastIndexOf(':') + 1)));
    publish("tenant1", 1);
    publish("tenant2", 1);
    assertFails(
        ErrorCode.STORE_UNAVAILABLE,
        registry::tenants,
        "Azure ML workspace ws-test",
        "next page",
        "listing the models");
    assertThat(stub.requests()).hasSize(1);
  }

  @Test
  void aListingWithoutEndEnds() throws Exception {
    stub.pageSize(1);
    stub.nextLink(right -> right.substring(0, right.lastIndexOf('=') + 1) + "0");
    publish("tenant1", 1);
    publish("tenant2", 1);
    assertFails(ErrorCode.STORE_UNAVAILABLE, registry::tenants, "more than 1000 pages");
  }

  @Test
  void versionsThatAreNoPositiveIntegersAreSomebodyElses() throws Exception {
    publish("tenant1", 1);
    for (String version :
        List.of("0", "01", "-1", "1.0", "2026-11-23", "v2", "99999999999999999")) {
      stub.putVersion("tenant1", version, AzureMlStub.properties("https://nowhere"));
    }
    assertThat(registry.versions(TENANT)).containsExactly(new ModelVersion(1));
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
  }

  @Test
  void archivedAndUnfinishedVersionsDoNotExist() throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 2);
    publish("tenant1", 3);
    stub.version(ref("tenant1", 2)).put("isArchived", true);
    stub.version(ref("tenant1", 3)).put("provisioningState", "Creating");
    assertThat(registry.versions(TENANT)).containsExactly(new ModelVersion(1));
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(1));
    assertThat(registry.describe(ref("tenant1", 2))).isEmpty();
    assertThat(registry.describe(ref("tenant1", 3))).isEmpty();
    stub.version(REF).put("isArchived", true);
    assertThat(registry.liveVersion(TENANT)).isEmpty();
  }

  @Test
  void archivedModelsAndNamesThatAreNoTenantsAreLeftOut() throws Exception {
    publish("tenant1", 1);
    publish("archived-one", 1);
    stub.putVersion(".hidden", "1", AzureMlStub.properties("https://nowhere"));
    stub.putVersion("a b", "1", AzureMlStub.properties("https://nowhere"));
    assertThat(registry.tenants()).containsExactly(TENANT);
  }

  @Test
  void twoLiveVersionsAreAnErrorThatNamesThem() throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 2);
    publish("tenant1", 3);
    tag(2, "live", "true");
    tag(3, "live", "true");
    assertFails(ErrorCode.LOAD_FAILED, () -> registry.liveVersion(TENANT), "tenant1", "2, 3");
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "True, 1", "TRUE, 1", "false, 2", "False, 2"})
  void theTagLiveIsTrueOrFalse(String value, int live) throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 2);
    tag(1, "live", value);
    assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(live));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yes", "1", "2"})
  void anyOtherTagLiveIsAnError(String value) throws Exception {
    publish("tenant1", 1);
    tag(1, "live", value);
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> registry.liveVersion(TENANT),
        "tenant1: version 1 has a tag 'live' that is neither true nor false");
  }

  @Test
  void aLiveVersionThatCannotServeIsAnError() throws Exception {
    publish("tenant1", 1);
    publish("tenant1", 2);
    tag(2, "live", "true");
    stub.version(ref("tenant1", 2)).put("isArchived", true);
    assertFails(
        ErrorCode.LOAD_FAILED, () -> registry.liveVersion(TENANT), "version 2, which is archived");
    stub.version(ref("tenant1", 2)).put("isArchived", false);
    stub.version(ref("tenant1", 2)).put("provisioningState", "Failed");
    assertFails(
        ErrorCode.LOAD_FAILED, () -> registry.liveVersion(TENANT), "2, which is unfinished");
    AzureMlStub.tags(stub.version(ref("tenant1", 2))).remove("live");
    Map<String, Object> dated = AzureMlStub.properties("https://nowhere");
    AzureMlStub.tags(dated).put("live", "true");
    stub.putVersion("tenant1", "2026-11-23", dated);
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> registry.liveVersion(TENANT),
        "2026-11-23, which is no positive integer");
  }

  @Test
  void theLiveVersionsOfManyLeaveOutWhoIsBroken() throws Exception {
    publish("tenant1", 1);
    publish("tenant2", 5);
    publish("tenant3", 1);
    AzureMlStub.tags(stub.version(ref("tenant3", 1))).put("live", "perhaps");
    assertThat(
            registry
                .liveVersions(
                    List.of(
                        TENANT,
                        new TenantId("tenant2"),
                        new TenantId("tenant3"),
                        new TenantId("nobody")))
                .versions())
        .hasToString("{tenant1=1, tenant2=5}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"size", "format"})
  void aTagThatIsMissingBesideTheDigestIsNamedAndNotGuessed(String tag) throws Exception {
    publish("tenant1", 1);
    AzureMlStub.tags(stub.version(REF)).remove(tag);
    assertFails(
        ErrorCode.LOAD_FAILED,
        () -> registry.describe(REF),
        "tenant1/1: tag '" + tag + "': missing");
  }

  @Test
  void whatTheTagsDoNotSayThePropertiesMay() throws Exception {
    ArtifactDescriptor published = publish("tenant1", 1);
    Map<String, Object> version = stub.version(REF);
    version.put("properties", new TreeMap<>(AzureMlStub.tags(version)));
    AzureMlStub.tags(version).clear();
    assertThat(registry.describe(REF)).contains(published);
  }

  @ParameterizedTest
  @CsvSource({
    "sha256, ABC, tag 'sha256': a SHA-256 digest is",
    "size, 1e3, tag 'size': expected a number of bytes",
    "size, -1, tag 'size': expected a number of bytes",
    "format, ../x, tag format: 1..32 characters"
  })
  void aWrongTagIsNamed(String tag, String value, String message) throws Exception {
    publish("tenant1", 1);
    tag(1, tag, value);
    assertFails(ErrorCode.LOAD_FAILED, () -> registry.describe(REF), "tenant1/1: ", message);
  }

  @Test
  void theTimeOfCreationMayHaveAnOffset() throws Exception {
    ArtifactDescriptor published = publish("tenant1", 1);
    stub.version(REF).put("createdAt", "2026-11-23T01:00:00.000000+01:00");
    assertThat(registry.describe(REF)).contains(published);
    stub.version(REF).remove("createdAt");
    assertFails(ErrorCode.LOAD_FAILED, () -> registry.describe(REF), "tenant1/1", "created");
  }

  private void tag(int version, String tag, String value) {
    AzureMlStub.tags(stub.version(ref("tenant1", version))).put(tag, value);
  }
}
