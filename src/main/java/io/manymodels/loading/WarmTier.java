package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.model.ServingException;
import io.manymodels.threads.BoundedPool;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The warm store as a tier that may fail: reads that fail are misses, writes are made by a thread
 * of its own and are left out when too much waits, so that a slow store makes no load wait for a
 * write. The caller counts the reads and writes that fail or are left out. Thread-safe.
 */
final class WarmTier implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(WarmTier.class.getName());
  private static final int WAITING_WRITES = 1_000;
  private static final int WAITING_KIB = 64 << 10;

  private final WritableArtifactStore store;
  private final Semaphore waitingKib = new Semaphore(WAITING_KIB);
  private final BoundedPool writer = BoundedPool.of("warm-store-writer", 1, WAITING_WRITES);

  WarmTier(WritableArtifactStore store) {
    this.store = store;
  }

  Optional<ByteBuffer> read(ArtifactDescriptor artifact, AtomicLong failures) {
    try {
      return store.read(artifact);
    } catch (ServingException e) {
      failed("read", e, failures);
      return Optional.empty();
    }
  }

  void drop(ArtifactDescriptor artifact, AtomicLong failures) {
    try {
      store.drop(artifact);
    } catch (ServingException e) {
      failed("drop", e, failures);
    }
  }

  /** Writes the bytes soon, or never. */
  void fill(ArtifactDescriptor artifact, ByteBuffer bytes, AtomicLong failures) {
    // An artifact that is larger than all that may wait waits alone.
    int kib = Math.min(WAITING_KIB, 1 + (bytes.remaining() >> 10));
    if (!waitingKib.tryAcquire(kib)) {
      failures.incrementAndGet();
      return;
    }
    try {
      writer.execute(() -> write(artifact, bytes.duplicate(), kib, failures));
    } catch (RejectedExecutionException e) {
      waitingKib.release(kib);
      failures.incrementAndGet();
    }
  }

  private void write(ArtifactDescriptor artifact, ByteBuffer bytes, int kib, AtomicLong failures) {
    try {
      store.write(artifact, bytes);
    } catch (ServingException e) {
      failed("write", e, failures);
    } finally {
      waitingKib.release(kib);
    }
  }

  private static void failed(String action, ServingException e, AtomicLong failures) {
    failures.incrementAndGet();
    LOG.log(System.Logger.Level.DEBUG, "warm store: {0}: {1}", action, e.getMessage());
  }

  @Override
  public void close() {
    writer.close();
    store.close();
  }
}
