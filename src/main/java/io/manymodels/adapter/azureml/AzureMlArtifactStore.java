package io.manymodels.adapter.azureml;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.formats.MlflowFolder;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The artifacts of a registry's versions, in the blobs that their {@code modelUri} names: a file
 * that ends in the format's name, {@code model.<format>} in a folder, or the ONNX file of an MLflow
 * folder. Never reads more than the descriptor announces or the limit allows. Thread-safe.
 */
final class AzureMlArtifactStore implements ArtifactStore {
  static final long DEFAULT_LIMIT_BYTES = 512L << 20;

  private final AzureMlModels models;
  private final VersionFiles files;
  private final long limitBytes;

  /** {@code limitBytes} is below 2 GiB. */
  AzureMlArtifactStore(AzureMlModels models, long limitBytes) {
    this.models = models;
    this.files = new VersionFiles(models);
    this.limitBytes = limitBytes;
  }

  @Override
  public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
    if (artifact.sizeBytes() > limitBytes) {
      throw tooLarge(artifact, limitBytes, "are read");
    }
    Optional<ByteBuffer> bytes =
        models.version(artifact.ref()).flatMap(version -> read(artifact, version));
    if (bytes.isPresent() && bytes.get().remaining() > artifact.sizeBytes()) {
      throw tooLarge(artifact, artifact.sizeBytes(), "were published");
    }
    return bytes;
  }

  private Optional<ByteBuffer> read(ArtifactDescriptor artifact, ModelResource version) {
    ModelRef ref = artifact.ref();
    long size = artifact.sizeBytes();
    ArtifactLocation.Blob place = files.place(ref, version);
    if (place.path().endsWith("." + artifact.format())) {
      return files.read(ref, place, size);
    }
    return files
        .read(ref, place.child("model." + artifact.format()), size)
        .or(() -> MlflowFolder.in(ref, files.in(ref, place)).map(mlflow -> mlflow.artifact(size)));
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
