package io.manymodels.artifact;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A store of artifacts' bytes, keyed by descriptor. Thread-safe.
 *
 * <p>A store does not check the bytes: {@code loading.ModelSource} does, whatever store they came
 * from. Opening a store makes no call; an outage shows at the first read.
 */
public interface ArtifactStore extends AutoCloseable {

  /**
   * The artifact's bytes as they are stored, or empty when this store does not hold it. Idempotent.
   * The buffer is read-only, positioned at the start, and stays valid after the store is closed.
   *
   * @throws io.manymodels.model.ServingException {@code STORE_UNAVAILABLE} when the store cannot be
   *     asked, {@code ARTIFACT_CORRUPT} when what is stored is larger than this store may read
   */
  Optional<ByteBuffer> read(ArtifactDescriptor artifact);

  /** Closes what this store opened; does not throw. */
  @Override
  void close();
}
