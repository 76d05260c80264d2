package io.manymodels.artifact;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A cache of artifacts that all processes of a node share, keyed by digest. What one process has
 * fetched, the others need not fetch. Bounded; may drop any artifact at any time. Thread-safe, and
 * safe against other processes that use, fill or are killed in the same cache.
 */
public interface ArtifactCache extends AutoCloseable {

  /**
   * The artifact's bytes, checked against its digest: from this cache, else from {@code source},
   * which is then asked once on this node, however many processes and threads ask at the same time.
   * Bytes that lie in the cache and do not have the digest are dropped and fetched again.
   *
   * <p>A cache that cannot be used (full, read-only, a process that holds it stalls) is as good as
   * none: the source is asked directly, and nothing is thrown for it.
   *
   * @param source gives bytes that were checked, or empty when there is no such artifact; what it
   *     throws is thrown on and not remembered
   * @return read-only, positioned at the start; stays valid after the artifact was dropped and the
   *     cache closed
   */
  Optional<ByteBuffer> read(ArtifactDescriptor artifact, Supplier<Optional<ByteBuffer>> source);

  /** The activity of this cache in this process. */
  default ArtifactCacheCounts counts() {
    return ArtifactCacheCounts.NONE;
  }

  /** Closes what this cache opened; does not throw. */
  @Override
  void close();
}
