package io.manymodels.adapter.file;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The artifacts of a registry folder, also in MLflow folders. Never reads more than the metadata
 * announce or the limit allows. Immutable and thread-safe.
 */
final class FileArtifactStore implements ArtifactStore {
  static final long DEFAULT_LIMIT_BYTES = 512L << 20;

  private final RegistryFolder folder;
  private final MlflowVersions mlflow;
  private final long limitBytes;

  /** {@code limitBytes} is below 2 GiB. */
  FileArtifactStore(RegistryFolder folder, long limitBytes) {
    this.folder = folder;
    this.mlflow = new MlflowVersions(folder);
    this.limitBytes = limitBytes;
  }

  @Override
  public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
    if (artifact.sizeBytes() > limitBytes) {
      throw tooLarge(artifact, limitBytes, "are read");
    }
    Optional<ByteBuffer> bytes =
        folder
            .read(artifact.ref(), "model." + artifact.format(), artifact.sizeBytes())
            .or(() -> mlflow.artifact(artifact.ref(), artifact.sizeBytes()));
    if (bytes.isPresent() && bytes.get().remaining() > artifact.sizeBytes()) {
      throw tooLarge(artifact, artifact.sizeBytes(), "were published");
    }
    return bytes;
  }

  @Override
  public void close() {}

  private static ServingException tooLarge(ArtifactDescriptor artifact, long bytes, String why) {
    return new ServingException(
        ErrorCode.ARTIFACT_CORRUPT,
        artifact.ref() + ": the artifact is larger than the " + bytes + " bytes that " + why);
  }
}
