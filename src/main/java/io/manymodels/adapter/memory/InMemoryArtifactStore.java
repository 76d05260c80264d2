package io.manymodels.adapter.memory;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.model.ArtifactDigest;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Artifacts on the heap, at most so many bytes of them: the least recently used goes first, and one
 * that is larger than the whole store is not kept. Content-addressed, so equal artifacts of many
 * tenants are held once. What was dropped is freed when the last buffer that was read from it is.
 * Thread-safe.
 */
public final class InMemoryArtifactStore implements WritableArtifactStore {
  private static final boolean BY_ACCESS = true;

  private final long capacityBytes;
  private final Map<ArtifactDigest, ByteBuffer> byDigest =
      new LinkedHashMap<>(16, 0.75f, BY_ACCESS);
  private long heldBytes;

  /** Throws {@link IllegalArgumentException} when {@code capacityBytes} is negative. */
  public InMemoryArtifactStore(long capacityBytes) {
    if (capacityBytes < 0) {
      throw new IllegalArgumentException("capacityBytes: " + capacityBytes + " is negative");
    }
    this.capacityBytes = capacityBytes;
  }

  @Override
  public synchronized Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
    return Optional.ofNullable(byDigest.get(artifact.digest())).map(ByteBuffer::duplicate);
  }

  @Override
  public void write(ArtifactDescriptor artifact, ByteBuffer bytes) {
    if (bytes.remaining() > capacityBytes) {
      drop(artifact.digest());
      return;
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    keep(artifact.digest(), ByteBuffer.wrap(copy).asReadOnlyBuffer());
  }

  @Override
  public void drop(ArtifactDescriptor artifact) {
    drop(artifact.digest());
  }

  /** Bytes held now, at most the capacity. */
  public synchronized long heldBytes() {
    return heldBytes;
  }

  /** Drops everything. */
  @Override
  public synchronized void close() {
    byDigest.clear();
    heldBytes = 0;
  }

  private synchronized void keep(ArtifactDigest digest, ByteBuffer bytes) {
    drop(digest);
    Iterator<ByteBuffer> leastRecentlyUsed = byDigest.values().iterator();
    while (heldBytes + bytes.capacity() > capacityBytes) {
      heldBytes -= leastRecentlyUsed.next().capacity();
      leastRecentlyUsed.remove();
    }
    byDigest.put(digest, bytes);
    heldBytes += bytes.capacity();
  }

  private synchronized void drop(ArtifactDigest digest) {
    ByteBuffer dropped = byDigest.remove(digest);
    heldBytes -= dropped == null ? 0 : dropped.capacity();
  }
}
