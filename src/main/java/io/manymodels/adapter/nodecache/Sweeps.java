package io.manymodels.adapter.nodecache;

import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Scans the folder when it is too full, and from time to time: counts its bytes again, deletes what
 * killed writers left, and evicts the least recently used files. One process of the node at a time.
 * Thread-safe.
 */
final class Sweeps {
  private static final Duration INTERVAL = Duration.ofMinutes(10);

  /** Of a file that is being written: its bytes are in memory, so it takes no longer. */
  private static final Duration MAX_WRITE = Duration.ofMinutes(5);

  private final CacheFolder folder;
  private final Quota quota;
  private final Ticker ticker;

  Sweeps(CacheFolder folder, Quota quota, Ticker ticker) {
    this.folder = folder;
    this.quota = quota;
    this.ticker = ticker;
  }

  /** Sweeps when it is time to and nobody else does; how many files were evicted. */
  int sweepWhenDue(Ledger ledger) throws IOException {
    if (!isDue(ledger)) {
      return 0;
    }
    Optional<FileLock> lock = ledger.tryLock(Ledger.SWEEP_LOCK);
    if (lock.isEmpty()) {
      return 0;
    }
    try (FileLock held = lock.get()) {
      return held.isValid() && isDue(ledger) ? sweep(ledger) : 0;
    }
  }

  private boolean isDue(Ledger ledger) {
    return ledger.heldBytes() > quota.boundBytes()
        || Duration.between(ledger.swept(), ticker.now()).abs().compareTo(INTERVAL) > 0;
  }

  private int sweep(Ledger ledger) throws IOException {
    long before = ledger.heldBytes();
    Instant now = ticker.now();
    // In this order, because a file that becomes published meanwhile may be seen twice, not never.
    long held = sweepUnpublished(now.minus(MAX_WRITE).toEpochMilli());
    List<CacheFolder.Entry> files = folder.published();
    for (CacheFolder.Entry file : files) {
      held += quota.charge(file.bytes());
    }
    int evicted = 0;
    if (held > quota.boundBytes()) {
      files.sort(Comparator.comparingLong(CacheFolder.Entry::modifiedMillis));
      for (CacheFolder.Entry file : files) {
        if (held <= quota.afterEviction()) {
          break;
        }
        try {
          evicted += Files.deleteIfExists(file.file()) ? 1 : 0;
          held -= quota.charge(file.bytes());
        } catch (IOException e) {
          // Windows deletes no file that somebody has mapped; the next one goes instead.
        }
      }
    }
    ledger.setCounted(held, before, now);
    return evicted;
  }

  private long sweepUnpublished(long abandonedBeforeMillis) throws IOException {
    long held = 0;
    for (CacheFolder.Entry file : folder.unpublished()) {
      if (file.modifiedMillis() < abandonedBeforeMillis) {
        folder.discard(file.file());
      } else {
        held += quota.charge(file.bytes());
      }
    }
    return held;
  }
}
