package io.manymodels.adapter.azureml;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.adapter.azureml.AzureMlStub.Answer;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.ArtifactStoreContract;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On {@link AzureMlStub}: never run against Azure. */
class AzureMlArtifactStoreTest extends ArtifactStoreContract {
  private static final byte[] BYTES = bytes(100, 1);
  private static final ArtifactDescriptor ARTIFACT = describe(ref("tenant1", 1), BYTES);

  private AzureMlStub stub;
  private ArtifactStore store;

  @BeforeEach
  void open() throws IOException {
    stub = new AzureMlStub();
    store = new AzureMlArtifactStore(stub.models(), AzureMlArtifactStore.DEFAULT_LIMIT_BYTES);
  }

  @AfterEach
  void closeStub() {
    stub.close();
  }

  @Override
  protected ArtifactStore store() {
    return store;
  }

  @Override
  protected void put(ArtifactDescriptor artifact, byte[] bytes) {
    stub.publish(artifact, bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "azureml://datastores/blobstore/paths/a/model.onnx, a/model.onnx",
    "azureml://datastores/blobstore/paths/a/any name+%41.onnx, a/any name+%41.onnx",
    "azureml://datastores/blobstore/paths/a/folder, a/folder/model.onnx",
    "azureml://datastores/blobstore/paths/a/folder/, a/folder/model.onnx",
    "azureml:/WORKSPACE/datastores/blobstore/paths/a/model.onnx, a/model.onnx",
    "azureml:/workspace/datastores/blobstore/paths/a/folder, a/folder/model.onnx",
    "https://acct.blob.core.windows.net/models/a/model.onnx, a/model.onnx",
    "https://acct.blob.core.windows.net/models/a/b%20c/model.onnx, a/b c/model.onnx",
    "https://acct.blob.core.windows.net/models/a/folder/, a/folder/model.onnx",
    "https://ACCT.blob.core.windows.net/models/a/folder, a/folder/model.onnx",
    "ARM/acct/models/a/model.onnx, a/model.onnx"
  })
  void everyFormOfModelUriLeadsToItsBlob(String form, String path) {
    String workspace = "/subscriptions/0000-1111/resourceGroups/rg-test/workspaces/ws-test";
    String modelUri =
        form.replace("ARM", stub.arm())
            .replace("WORKSPACE", workspace)
            .replace(
                ":/workspace/", ":/" + workspace.replace("resourceGroups", "resourcegroups") + "/");
    stub.putVersion("tenant1", "1", AzureMlStub.properties(modelUri));
    stub.putBlob("acct/models/" + path, BYTES);
    assertHeld(ARTIFACT, BYTES);
  }

  @ParameterizedTest
  @CsvSource({
    "runs:/0123/model, it is neither",
    "azureml://jobs/a-job/outputs/artifacts/paths/model/, it is neither",
    "azureml://registries/r/models/m/versions/1, it is neither",
    "azureml://datastores/blobstore/paths/, it is neither",
    "http://acct.blob.core.windows.net/models/a, it is neither",
    "https://acct.blob.core.windows.net/models/a?sig=secret, more than the place of a blob",
    "https://secret@acct.blob.core.windows.net/models/a, more than the place of a blob",
    "https://acct.blob.core.windows.net/models, it names no blob",
    "https://acct.blob.core.windows.net.example.com/models/a, not one of Azure Storage",
    "https://elsewhere.example.com/models/a, not one of Azure Storage",
    "https://localhost/acct/models/a, not one of Azure Storage",
    "https://acct.blob.core.windows.net/models/%2e%2e/a, leads upwards",
    "azureml://datastores/blobstore/paths/../a, leads upwards",
    "azureml://datastores/nowhere/paths/a, there is no datastore nowhere in Azure ML workspace",
    "azureml://datastores/files/paths/a, its datastore files is not one of blobs",
    "azureml://datastores/foreign/paths/a, its datastore foreign names no container",
    "azureml://datastores/elsewhere/paths/a, not one of Azure Storage"
  })
  void anyOtherModelUriIsAnErrorOfTheTenantsAndGetsNoToken(String modelUri, String message) {
    stub.putDatastore("files", Map.of("datastoreType", "AzureFile", "accountName", "acct"));
    stub.putDatastore("foreign", datastore("acct", "x/.blob.core.windows.net"));
    stub.putDatastore("elsewhere", datastore("acct", "example.com"));
    stub.putVersion("tenant1", "1", AzureMlStub.properties(modelUri));
    assertFails(ErrorCode.LOAD_FAILED, "tenant1/1: ", message);
    assertThat(stub.requests()).allMatch(request -> request.startsWith("/subscriptions/"));
  }

  @Test
  void aVersionWithoutModelUriIsAnErrorOfTheTenants() {
    Map<String, Object> properties = AzureMlStub.properties("");
    properties.remove("modelUri");
    stub.putVersion("tenant1", "1", properties);
    assertFails(ErrorCode.LOAD_FAILED, "tenant1/1: it has no model URI");
  }

  @Test
  void aBlobThatIsMissingIsNotHeld() {
    stub.putVersion(
        "tenant1", "1", AzureMlStub.properties("azureml://datastores/blobstore/paths/a/b.onnx"));
    assertThat(store.read(ARTIFACT)).isEmpty();
  }

  @Test
  void anArtifactLargerThanItsTagsIsCorruptAndNotReadFurther() {
    put(ARTIFACT, bytes(1_000_000, 1));
    assertFails(ErrorCode.ARTIFACT_CORRUPT, "tenant1/1", "larger than the 100 bytes");
  }

  @Test
  void anArtifactLargerThanTheLimitIsRefusedUnread() {
    put(ARTIFACT, BYTES);
    store = new AzureMlArtifactStore(stub.models(), 99);
    assertFails(ErrorCode.ARTIFACT_CORRUPT, "tenant1/1", "larger than the 99 bytes");
    assertThat(stub.requests()).isEmpty();
    store = new AzureMlArtifactStore(stub.models(), 100);
    assertHeld(ARTIFACT, BYTES);
  }

  @Test
  void aShorterArtifactIsForTheReaderToJudge() {
    put(ARTIFACT, bytes(60, 1));
    assertHeld(ARTIFACT, bytes(60, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 503})
  void storageThatFailsForAMomentIsAskedAgain(int status) {
    put(ARTIFACT, BYTES);
    stub.plan("/acct/", Answer.of(status, "Retry-After", "0"), Answer.of(status));
    assertHeld(ARTIFACT, BYTES);
    assertThat(stub.requests("/acct/")).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"401, token is refused", "403, may not read it", "409, it answers 409"})
  void storageThatRefusesIsAnOutage(int status, String message) {
    put(ARTIFACT, BYTES);
    stub.plan("/acct/", Answer.of(status));
    assertFails(
        ErrorCode.STORE_UNAVAILABLE,
        "Azure Storage behind Azure ML workspace ws-test",
        message,
        "reading the artifact of tenant1/1");
    assertThat(stub.requests("/acct/")).isEqualTo(1);
  }

  @Test
  void aContainerThatIsMissingIsAnOutage() {
    stub.putVersion(
        "tenant1",
        "1",
        AzureMlStub.properties("https://acct.blob.core.windows.net/other/model.onnx"));
    assertFails(ErrorCode.STORE_UNAVAILABLE, "it does not exist (404)", "tenant1/1");
  }

  @Test
  void aWorkspaceThatIsGoneIsAnOutage() {
    put(ARTIFACT, BYTES);
    stub.beGone();
    assertFails(ErrorCode.STORE_UNAVAILABLE, "Azure ML workspace ws-test", "404");
  }

  @Test
  void aDatastoreIsAskedForOnceUntilStorageFails() {
    put(ARTIFACT, BYTES);
    assertHeld(ARTIFACT, BYTES);
    assertHeld(ARTIFACT, BYTES);
    assertThat(stub.requests("/datastores/")).isEqualTo(1);
    stub.plan("/acct/", Answer.of(403));
    assertFails(ErrorCode.STORE_UNAVAILABLE, "403");
    assertHeld(ARTIFACT, BYTES);
    assertThat(stub.requests("/datastores/")).isEqualTo(2);
  }

  private static Map<String, Object> datastore(String account, String endpoint) {
    return Map.of(
        "datastoreType",
        "AzureBlob",
        "accountName",
        account,
        "containerName",
        "models",
        "endpoint",
        endpoint);
  }

  private void assertFails(ErrorCode code, String... words) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> store.read(ARTIFACT))
        .satisfies(e -> assertThat(e.getMessage()).contains(words))
        .withMessageNotContainingAny("secret", "\n", "https://", "io.manymodels")
        .extracting(ServingException::code)
        .isEqualTo(code);
  }
}
