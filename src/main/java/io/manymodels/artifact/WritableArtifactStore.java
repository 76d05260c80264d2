package io.manymodels.artifact;

import java.nio.ByteBuffer;

/** An artifact store that can be filled from another one: a warm tier. Thread-safe. */
public interface WritableArtifactStore extends ArtifactStore {

  /**
   * Keeps the buffer's remaining bytes, in place of what was held for this artifact before; the
   * buffer's position does not move. The caller has checked the digest. Idempotent.
   *
   * <p>A bounded store may drop any artifact at any time, this one included.
   *
   * @throws io.manymodels.model.ServingException {@code STORE_UNAVAILABLE} when the store cannot be
   *     written to
   */
  void write(ArtifactDescriptor artifact, ByteBuffer bytes);

  /**
   * Forgets the artifact, as when the bytes that are held do not have its digest. Idempotent.
   *
   * @throws io.manymodels.model.ServingException {@code STORE_UNAVAILABLE}
   */
  void drop(ArtifactDescriptor artifact);
}
