package io.manymodels.adapter.azureblob;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The artifacts of a registry in a container: {@code model-<sha256>.<format>}, as our publishers
 * write it, else {@code model.<format>}. Never reads more than the metadata announce or the limit
 * allows. Immutable and thread-safe.
 */
final class AzureBlobArtifactStore implements ArtifactStore {
  static final long DEFAULT_LIMIT_BYTES = 512L << 20;

  private final BlobContainer blobs;
  private final long limitBytes;

  /** {@code limitBytes} is below 2 GiB. */
  AzureBlobArtifactStore(BlobContainer blobs, long limitBytes) {
    this.blobs = blobs;
    this.limitBytes = limitBytes;
  }

  @Override
  public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
    if (artifact.sizeBytes() > limitBytes) {
      throw tooLarge(artifact, limitBytes, "are read");
    }
    Optional<ByteBuffer> bytes =
        read(artifact, BlobNames.artifact(artifact))
            .or(() -> read(artifact, BlobNames.plainArtifact(artifact)));
    if (bytes.isPresent() && bytes.get().remaining() > artifact.sizeBytes()) {
      throw tooLarge(artifact, artifact.sizeBytes(), "were published");
    }
    return bytes;
  }

  @Override
  public void close() {}

  private Optional<ByteBuffer> read(ArtifactDescriptor artifact, String name) {
    return blobs.read(artifact.ref().toString(), name, artifact.sizeBytes());
  }

  private static ServingException tooLarge(ArtifactDescriptor artifact, long bytes, String why) {
    return new ServingException(
        ErrorCode.ARTIFACT_CORRUPT,
        artifact.ref() + ": the artifact is larger than the " + bytes + " bytes that " + why);
  }
}
