package io.manymodels.adapter.azureblob;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.sas.BlobContainerSasPermission;
import com.azure.storage.blob.sas.BlobServiceSasSignatureValues;
import com.azure.storage.common.StorageSharedKeyCredential;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.testing.Azurite;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

/** A container of its own for a test, seen as somebody else than our adapter sees it. */
final class TestContainer {
  static final Environment KEY = Environment.empty().with(Setting.AZURE_STORAGE_KEY, Azurite.KEY);

  private final Azurite azurite;
  private final String prefix;
  private final BlobContainerClient client;

  private TestContainer(Azurite azurite, String prefix) {
    this.azurite = azurite;
    this.prefix = prefix;
    BlobServiceClient service =
        new BlobServiceClientBuilder()
            .endpoint(azurite.endpoint())
            .httpClient(AzureHttp.client())
            .serviceVersion(BlobServiceVersion.V2025_11_05)
            .credential(new StorageSharedKeyCredential(Azurite.ACCOUNT, Azurite.KEY))
            .buildClient();
    this.client = service.createBlobContainer("test-" + UUID.randomUUID());
  }

  /** {@code prefix} is empty or ends with a slash. */
  static TestContainer create(Azurite azurite, String prefix) {
    return new TestContainer(azurite, prefix);
  }

  static TestContainer create() {
    return create(Azurite.shared(), "");
  }

  /** After the service has lost it. */
  void createAgain() {
    client.create();
  }

  URI uri() {
    return uri(client.getBlobContainerName());
  }

  /** Another container of the same account. */
  URI uri(String container) {
    return URI.create(
        "azblob://"
            + Azurite.ACCOUNT
            + "/"
            + container
            + "/"
            + prefix
            + "?endpoint="
            + azurite.endpoint());
  }

  String name() {
    return client.getBlobContainerName();
  }

  AzureBlobModelRegistry registry() {
    return registry(BlobContainer.MAX_PAGE);
  }

  AzureBlobModelRegistry registry(int pageSize) {
    return new AzureBlobModelRegistry(container(KEY, pageSize));
  }

  AzureBlobModelRegistry registry(Environment environment) {
    return new AzureBlobModelRegistry(container(environment, BlobContainer.MAX_PAGE));
  }

  AzureBlobArtifactStore artifacts(long limitBytes) {
    return new AzureBlobArtifactStore(container(KEY, BlobContainer.MAX_PAGE), limitBytes);
  }

  BlobContainer container(Environment environment, int pageSize) {
    return BlobContainer.open(
        ContainerUri.parse(uri()), new AzureCredentials(environment), pageSize);
  }

  void put(String name, byte[] bytes) {
    client.getBlobClient(prefix + name).upload(BinaryData.fromBytes(bytes), true);
  }

  void put(String name, String text) {
    client.getBlobClient(prefix + name).upload(BinaryData.fromString(text), true);
  }

  byte[] get(String name) {
    return client.getBlobClient(prefix + name).downloadContent().toBytes();
  }

  void delete(String name) {
    client.getBlobClient(prefix + name).delete();
  }

  List<String> names() {
    return client.listBlobs().stream().map(BlobItem::getName).toList();
  }

  /** A SAS token that reads and lists, and writes nothing. */
  String readOnlySas() {
    return client.generateSas(
        new BlobServiceSasSignatureValues(
            OffsetDateTime.now(ZoneOffset.UTC).plusHours(1),
            new BlobContainerSasPermission().setReadPermission(true).setListPermission(true)));
  }
}
