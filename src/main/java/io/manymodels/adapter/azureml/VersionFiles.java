package io.manymodels.adapter.azureml;

import com.azure.core.http.HttpPipeline;
import com.azure.storage.blob.BlobAsyncClient;
import com.azure.storage.blob.BlobClientBuilder;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobStorageException;
import io.manymodels.formats.MlflowFolder;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import reactor.core.Exceptions;

/**
 * Reads the blobs that the {@code modelUri} of a version names: one file, or those of a folder.
 * Thread-safe.
 */
final class VersionFiles {
  private static final String STORAGE_SCOPE = "https://storage.azure.com/.default";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final AzureMlModels models;
  private final Datastores datastores;
  private final HttpPipeline storage;

  VersionFiles(AzureMlModels models) {
    this.models = models;
    this.datastores = new Datastores(models);
    this.storage = models.access().pipeline(STORAGE_SCOPE);
  }

  /** Throws {@code LOAD_FAILED} when the version's model URI cannot be used. */
  ArtifactLocation.Blob place(ModelRef ref, ModelResource version) {
    String modelUri =
        version
            .modelUri()
            .orElseThrow(() -> AzureMlFailures.loadFailed(ref, "it has no model URI"));
    try {
      ArtifactLocation location = ArtifactLocation.parse(modelUri, models.location().arm());
      return location instanceof ArtifactLocation.Datastore datastore
          ? datastores.resolve(ref, datastore)
          : (ArtifactLocation.Blob) location;
    } catch (IllegalArgumentException e) {
      throw AzureMlFailures.loadFailed(ref, "its model URI cannot be used: " + e.getMessage());
    }
  }

  /** Reads the files in a folder. */
  MlflowFolder.Reader in(ModelRef ref, ArtifactLocation.Blob folder) {
    return (name, limitBytes) -> read(ref, folder.child(name), limitBytes);
  }

  /**
   * A blob, if there is one; at most {@code limitBytes + 1} bytes, which shows the caller that it
   * is larger.
   */
  Optional<ByteBuffer> read(ModelRef ref, ArtifactLocation.Blob blob, long limitBytes) {
    try {
      return download(ref, blob, limitBytes);
    } catch (ServingException e) {
      if (e.code() == ErrorCode.STORE_UNAVAILABLE) {
        datastores.forget();
      }
      throw e;
    }
  }

  private Optional<ByteBuffer> download(ModelRef ref, ArtifactLocation.Blob blob, long limitBytes) {
    try {
      return Optional.of(
          Objects.requireNonNull(
              client(blob)
                  .downloadStreamWithResponse(new BlobRange(0, limitBytes + 1), null, null, false)
                  .flatMap(
                      response ->
                          BoundedBody.collect(
                              response.getValue(),
                              limitBytes + 1,
                              () ->
                                  AzureMlFailures.loadFailed(
                                      ref, "storage gave more of its file than was asked for")))
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
          "reading the artifact of " + ref,
          e);
    }
  }

  private BlobAsyncClient client(ArtifactLocation.Blob blob) {
    return new BlobClientBuilder()
        .endpoint(blob.endpoint())
        .containerName(blob.container())
        .blobName(blob.path())
        .pipeline(storage)
        .buildAsyncClient();
  }
}
