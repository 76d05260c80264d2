package io.manymodels.adapter.azureblob;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.testing.Azurite;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a caller is told when a real service refuses or is away. */
class AzureBlobOutageTest {
  private static final TenantId TENANT = new TenantId("tenant1");
  private static final ModelRef REF = ref("tenant1", 1);
  private static final String WRONG_KEY = "AAAAvdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6";

  @Test
  void aReaderMayReadAndNotPublish() {
    TestContainer container = TestContainer.create();
    AzureBlobModelRegistry publisher = container.registry();
    publish(publisher, 1);
    AzureBlobModelRegistry reader =
        container.registry(
            Environment.empty()
                .with(Setting.AZURE_STORAGE_SAS_TOKEN, "?" + container.readOnlySas()));
    assertThat(reader.liveVersion(TENANT)).contains(new ModelVersion(1));
    assertThat(reader.describe(REF)).isPresent();
    String notAllowed = "azblob devstoreaccount1/" + container.name() + ": not allowed (HTTP 403 ";
    assertUnavailable(() -> publish(reader, 2), "tenant1/2: " + notAllowed);
    assertUnavailable(() -> reader.setLive(REF), "tenant1/1: " + notAllowed);
    publish(publisher, 2);
    assertUnavailable(() -> reader.delete(REF), "tenant1/1: " + notAllowed);
    assertThat(reader.versions(TENANT)).hasSize(2);
  }

  /** Azurite calls it so; for Azure itself it is AuthenticationFailed. */
  @Test
  void aWrongKeyIsToldWithoutIt() {
    TestContainer container = TestContainer.create();
    AzureBlobModelRegistry registry =
        container.registry(Environment.empty().with(Setting.AZURE_STORAGE_KEY, WRONG_KEY));
    String message =
        "azblob devstoreaccount1/"
            + container.name()
            + ": not allowed (HTTP 403 AuthorizationFailure)";
    assertUnavailable(() -> registry.liveVersion(TENANT), "tenant1: " + message);
    assertUnavailable(() -> registry.describe(REF), "tenant1/1: " + message);
    assertUnavailable(registry::tenants, message);
    assertUnavailable(() -> publish(registry, 1), "tenant1/1: " + message);
  }

  @Test
  void aMissingContainerIsNotAnEmptyOne() {
    TestContainer container = TestContainer.create();
    AzureBlobModelRegistryProvider provider = new AzureBlobModelRegistryProvider(TestContainer.KEY);
    var registry = provider.openWritable(container.uri("missing"));
    String message =
        "azblob devstoreaccount1/missing: the container does not exist (HTTP 404 ContainerNotFound)";
    assertUnavailable(registry::tenants, message);
    assertUnavailable(() -> registry.liveVersion(TENANT), "tenant1: " + message);
    assertUnavailable(() -> registry.describe(REF), "tenant1/1: " + message);
    assertUnavailable(() -> registry.setLive(REF), "tenant1/1: " + message);
    assertUnavailable(
        () -> registry.publish(describe(REF, bytes(1, 1)), "", ByteBuffer.wrap(bytes(1, 1))),
        "tenant1/1: " + message);
    assertUnavailable(
        () -> provider.openArtifacts(container.uri("missing")).read(describe(REF, bytes(1, 1))),
        "tenant1/1: " + message);
  }

  @Test
  void aConnectionStringIsTakenBeforeTheOthers() {
    TestContainer container = TestContainer.create();
    String connection =
        "AccountName=devstoreaccount1;AccountKey="
            + Azurite.KEY
            + ";BlobEndpoint="
            + Azurite.shared().endpoint();
    AzureBlobModelRegistry registry =
        container.registry(
            Environment.empty()
                .with(Setting.AZURE_STORAGE_CONNECTION_STRING, connection)
                .with(Setting.AZURE_STORAGE_KEY, WRONG_KEY));
    publish(registry, 1);
    assertThat(registry.tenants()).containsExactly(TENANT);
  }

  @ParameterizedTest
  @CsvSource({
    "AZURE_STORAGE_CONNECTION_STRING, SECRET, AZURE_STORAGE_CONNECTION_STRING is not a",
    "AZURE_STORAGE_CONNECTION_STRING, AccountName=other;AccountKey=SECRET, of another account",
    "AZURE_STORAGE_CONNECTION_STRING, AccountName=shop01;AccountKey, is not a connection string",
    "AZURE_STORAGE_KEY, SECRET!, AZURE_STORAGE_KEY is not base64"
  })
  void aVariableThatCannotBeRightIsNamedWithoutItsValue(
      String variable, String value, String complaint) {
    ContainerUri location = new ContainerUri("shop01", "models", "", null);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                BlobContainer.open(
                    location, new AzureCredentials(Environment.of(Map.of(variable, value))), 10))
        .withMessageContaining(complaint)
        .withMessageNotContaining("SECRET")
        .withNoCause();
  }

  @Test
  void anOutageIsToldAndEnds() {
    try (Azurite azurite = Azurite.start()) {
      TestContainer container = TestContainer.create(azurite, "");
      AzureBlobModelRegistry registry = container.registry();
      publish(registry, 1);
      azurite.stop();
      assertUnavailable(() -> registry.liveVersion(TENANT), "tenant1: azblob", "cannot be reached");
      assertUnavailable(registry::tenants, "azblob devstoreaccount1/" + container.name());
      azurite.restart();
      container.createAgain();
      publish(registry, 3);
      assertThat(registry.liveVersion(TENANT)).contains(new ModelVersion(3));
    }
  }

  private static void publish(AzureBlobModelRegistry registry, int version) {
    byte[] bytes = bytes(10, version);
    ArtifactDescriptor artifact = describe(ref("tenant1", version), bytes);
    registry.publish(artifact, "", ByteBuffer.wrap(bytes));
  }

  private static void assertUnavailable(Runnable call, String... words) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .satisfies(e -> assertThat(e.getMessage()).contains(words))
        .withMessageNotContainingAny("127.0.0.1", "Signature", "sig=", "\n", WRONG_KEY)
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }
}
