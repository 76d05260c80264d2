package io.manymodels.adapter.azureml;

import com.azure.core.http.HttpPipeline;
import com.azure.storage.blob.BlobAsyncClient;
import com.azure.storage.blob.BlobClientBuilder;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobStorageException;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import reactor.core.Exceptions;

/**
 * The artifacts of a registry's versions, in the blobs that their {@code modelUri} names: a file
 * that ends in the format's name, or {@code model.<format>} in a folder. Never reads more than the
 * tags announce or the limit allows. Thread-safe.
 */
final class AzureMlArtifactStore implements ArtifactStore {
  static final long DEFAULT_LIMIT_BYTES = 512L << 20;
  private static final String STORAGE_SCOPE = "https://storage.azure.com/.default";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final AzureMlModels models;
  private final Datastores datastores;
  private final HttpPipeline storage;
  private final long limitBytes;

  /** {@code limitBytes} is below 2 GiB. */
  AzureMlArtifactStore(AzureMlModels models, long limitBytes) {
    this.models = models;
    this.datastores = new Datastores(models);
    this.storage = models.access().pipeline(STORAGE_SCOPE);
    this.limitBytes = limitBytes;
  }

  @Override
  public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
    if (artifact.sizeBytes() > limitBytes) {
      throw tooLarge(artifact, limitBytes, "are read");
    }
    return models.version(artifact.ref()).flatMap(version -> read(artifact, version));
  }

  private Optional<ByteBuffer> read(ArtifactDescriptor artifact, ModelResource version) {
    ArtifactLocation location = location(artifact.ref(), version);
    ArtifactLocation.Blob blob =
        location instanceof ArtifactLocation.Datastore datastore
            ? datastores.resolve(artifact.ref(), datastore)
            : (ArtifactLocation.Blob) location;
    try {
      return download(artifact, blob);
    } catch (ServingException e) {
      if (e.code() == ErrorCode.STORE_UNAVAILABLE) {
        datastores.forget();
      }
      throw e;
    }
  }

  private ArtifactLocation location(ModelRef ref, ModelResource version) {
    String modelUri =
        version
            .modelUri()
            .orElseThrow(() -> AzureMlFailures.loadFailed(ref, "it has no model URI"));
    try {
      return ArtifactLocation.parse(modelUri, models.location().arm());
    } catch (IllegalArgumentException e) {
      throw AzureMlFailures.loadFailed(ref, "its model URI cannot be used: " + e.getMessage());
    }
  }

  private Optional<ByteBuffer> download(ArtifactDescriptor artifact, ArtifactLocation.Blob blob) {
    long sizeBytes = artifact.sizeBytes();
    try {
      return Optional.of(
          Objects.requireNonNull(
              client(blob, artifact.format())
                  .downloadStreamWithResponse(new BlobRange(0, sizeBytes + 1), null, null, false)
                  .flatMap(
                      response ->
                          BoundedBody.collect(
                              response.getValue(),
                              sizeBytes,
                              () -> tooLarge(artifact, sizeBytes, "were published")))
                  .timeout(PATIENCE)
                  .block()));
    } catch (RuntimeException e) {
      if (Exceptions.unwrap(e) instanceof BlobStorageException answered) {
        if (answered.getStatusCode() == RANGE_NOT_SATISFIABLE) {
          // No byte of an empty blob can be asked for.
          return Optional.of(ByteBuffer.allocate(0).asReadOnlyBuffer());
        }
        if (answered.getStatusCode() == 404
            && !BlobErrorCode.CONTAINER_NOT_FOUND.equals(answered.getErrorCode())) {
          return Optional.empty();
        }
      }
      throw AzureMlFailures.thrown(
          "Azure Storage behind " + models.location().resource(),
          "reading the artifact of " + artifact.ref(),
          e);
    }
  }

  private BlobAsyncClient client(ArtifactLocation.Blob blob, String format) {
    String name =
        blob.path().endsWith("." + format)
            ? blob.path()
            : blob.path().replaceFirst("/+$", "") + "/model." + format;
    return new BlobClientBuilder()
        .endpoint(blob.endpoint())
        .containerName(blob.container())
        .blobName(name)
        .pipeline(storage)
        .buildAsyncClient();
  }

  @Override
  public void close() {
    models.close();
  }

  private static ServingException tooLarge(ArtifactDescriptor artifact, long bytes, String why) {
    return new ServingException(
        ErrorCode.ARTIFACT_CORRUPT,
        artifact.ref() + ": the artifact is larger than the " + bytes + " bytes that " + why);
  }
}
