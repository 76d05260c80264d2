package io.manymodels.adapter.azureblob;

import com.azure.core.http.HttpClient;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The blobs of a container below a prefix, by their names without it. Opening makes no call; every
 * call tries twice at most and has an end. Immutable and thread-safe.
 *
 * <p>Every method throws {@code STORE_UNAVAILABLE} when the container cannot be asked; its message
 * starts with {@code subject}.
 */
final class BlobContainer {
  /** The most that the service gives at once. */
  static final int MAX_PAGE = 5_000;

  /** Two tries with their pause. */
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(12);

  /** For the bytes of a large artifact: 512 MiB at 10 MiB a second. */
  private static final Duration TRANSFER_TIMEOUT = Duration.ofSeconds(60);

  private static final long SMALL_BYTES = 2 << 20;

  private static final String ANSWER_TIMEOUT_KEY = "azure-response-timeout";
  private static final int MAX_TRIES = 2;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(1);

  /** Not the newest one: we need nothing of it, and emulators and private clouds lag behind. */
  private static final BlobServiceVersion API = BlobServiceVersion.V2025_11_05;

  private final BlobContainerClient client;
  private final BlobFailures failures;
  private final String prefix;
  private final int pageSize;

  private BlobContainer(BlobContainerClient client, ContainerUri location, int pageSize) {
    this.client = client;
    this.failures = new BlobFailures(location.store());
    this.prefix = location.prefix();
    this.pageSize = pageSize;
  }

  /** Throws {@link IllegalArgumentException} when a credential cannot be one. */
  static BlobContainer open(ContainerUri location, AzureCredentials credentials, int pageSize) {
    return open(location, credentials, pageSize, AzureHttp.client());
  }

  /** By another HTTP client than that of the process. */
  static BlobContainer open(
      ContainerUri location, AzureCredentials credentials, int pageSize, HttpClient http) {
    BlobServiceClientBuilder builder =
        new BlobServiceClientBuilder()
            .httpClient(http)
            .serviceVersion(API)
            .retryOptions(
                new RequestRetryOptions(
                    RetryPolicyType.EXPONENTIAL,
                    MAX_TRIES,
                    (Duration) null,
                    FIRST_PAUSE,
                    MAX_PAUSE,
                    null));
    credentials.apply(builder, location);
    return new BlobContainer(
        builder.buildClient().getBlobContainerClient(location.container()), location, pageSize);
  }

  /**
   * A blob's bytes, read-only, when there is such a blob. Reads at most {@code limitBytes + 1},
   * which shows the caller that the blob is larger.
   */
  Optional<ByteBuffer> read(String subject, String name, long limitBytes) {
    BoundedBytes bytes = new BoundedBytes(limitBytes + 1);
    return whenThere(
        subject,
        () -> {
          try {
            blob(name)
                .downloadStreamWithResponse(
                    bytes,
                    new BlobRange(0, limitBytes + 1),
                    new DownloadRetryOptions().setMaxRetryRequests(MAX_TRIES - 1),
                    new BlobRequestConditions(),
                    false,
                    limitBytes <= SMALL_BYTES ? CALL_TIMEOUT : TRANSFER_TIMEOUT,
                    Context.NONE);
          } catch (BlobStorageException e) {
            if (!BlobFailures.isEmptyBlob(e)) {
              throw e;
            }
          }
          return bytes.toBuffer();
        });
  }

  /** The metadata of a blob, when there is one: the SDK's map of names to values. */
  Optional<Map<String, String>> properties(String subject, String name) {
    return whenThere(
        subject,
        () ->
            blob(name)
                .getPropertiesWithResponse(new BlobRequestConditions(), CALL_TIMEOUT, Context.NONE)
                .getValue()
                .getMetadata());
  }

  boolean exists(String subject, String name) {
    return properties(subject, name).isPresent();
  }

  /** Makes a blob; false when there is one of this name. */
  boolean create(String subject, String name, ByteBuffer bytes, Map<String, String> metadata) {
    BlobRequestConditions absent = new BlobRequestConditions().setIfNoneMatch("*");
    return put(subject, name, bytes, metadata, absent).isPresent();
  }

  /** Makes or replaces a blob, and gives its ETag. */
  String write(String subject, String name, ByteBuffer bytes) {
    return put(subject, name, bytes, Map.of(), new BlobRequestConditions())
        .orElseThrow(() -> new IllegalStateException("a condition that was not set failed"));
  }

  /** Replaces a blob that is still the one with this ETag; false when it is not. */
  boolean replace(String subject, String name, ByteBuffer bytes, String etag) {
    BlobRequestConditions same = new BlobRequestConditions().setIfMatch(etag);
    return put(subject, name, bytes, Map.of(), same).isPresent();
  }

  /** Deletes a blob, with an ETag only the one that has it; false when there is none such. */
  boolean delete(String subject, String name, @Nullable String etag) {
    BlobRequestConditions conditions = new BlobRequestConditions();
    if (etag != null) {
      conditions.setIfMatch(etag);
    }
    return asked(
        subject,
        () -> {
          try {
            blob(name).deleteWithResponse(null, conditions, CALL_TIMEOUT, Context.NONE);
            return true;
          } catch (BlobStorageException e) {
            if (BlobFailures.isMissingBlob(e) || (etag != null && BlobFailures.isConflict(e))) {
              return false;
            }
            throw e;
          }
        });
  }

  /** Tells of every blob whose name starts with {@code start}, in order: its name and its ETag. */
  void list(String subject, String start, BiConsumer<String, String> found) {
    ListBlobsOptions options =
        new ListBlobsOptions().setPrefix(prefix + start).setMaxResultsPerPage(pageSize);
    asked(
        subject,
        () -> {
          client
              .listBlobs(options, CALL_TIMEOUT)
              .iterableByPage()
              .forEach(page -> page.getValue().forEach(item -> tell(item, found)));
          return true;
        });
  }

  /** Throws {@code STORE_UNAVAILABLE} unless the container can be listed. */
  void check() {
    ListBlobsOptions one = new ListBlobsOptions().setPrefix(prefix).setMaxResultsPerPage(1);
    asked("", () -> client.listBlobs(one, CALL_TIMEOUT).iterableByPage().iterator().hasNext());
  }

  private void tell(BlobItem item, BiConsumer<String, String> found) {
    found.accept(item.getName().substring(prefix.length()), quoted(item.getProperties().getETag()));
  }

  /** Listings give the ETag without the quotes that a condition wants. */
  private static String quoted(String etag) {
    return etag.startsWith("\"") ? etag : "\"" + etag + "\"";
  }

  private Optional<String> put(
      String subject,
      String name,
      ByteBuffer bytes,
      Map<String, String> metadata,
      BlobRequestConditions conditions) {
    BlockBlobSimpleUploadOptions options =
        new BlockBlobSimpleUploadOptions(BinaryData.fromByteBuffer(bytes.asReadOnlyBuffer()))
            .setMetadata(metadata)
            .setRequestConditions(conditions);
    return asked(
        subject,
        () -> {
          try {
            return Optional.of(
                blob(name)
                    .getBlockBlobClient()
                    .uploadWithResponse(
                        options,
                        TRANSFER_TIMEOUT.multipliedBy(MAX_TRIES),
                        new Context(ANSWER_TIMEOUT_KEY, TRANSFER_TIMEOUT))
                    .getValue()
                    .getETag());
          } catch (BlobStorageException e) {
            if (BlobFailures.isConflict(e)) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  private BlobClient blob(String name) {
    return client.getBlobClient(prefix + name);
  }

  private <T> Optional<T> whenThere(String subject, Supplier<T> call) {
    return asked(
        subject,
        () -> {
          try {
            return Optional.of(call.get());
          } catch (BlobStorageException e) {
            if (BlobFailures.isMissingBlob(e)) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  private <T> T asked(String subject, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw failures.unavailable(subject, e);
    }
  }
}
