package io.manymodels.adapter.nodecache;

import io.manymodels.artifact.ArtifactCacheCounts;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the cache does, and logs failures: once a minute at most, and what keeps a folder
 * from being used once. Thread-safe.
 */
final class CacheTally {
  private static final System.Logger LOG = System.getLogger(NodeArtifactCache.class.getName());
  private static final Duration SILENCE = Duration.ofMinutes(1);

  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder sourceCalls = new LongAdder();
  final LongAdder evictions = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicReference<@Nullable Deadline> silentUntil = new AtomicReference<>();
  private final AtomicReference<String> cannot = new AtomicReference<>("");
  private final Ticker ticker;

  CacheTally(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Counts a failure; {@code cause} tells what failed. */
  void failed(String what, @Nullable Throwable cause) {
    failures.increment();
    @Nullable Deadline silent = silentUntil.get();
    if ((silent == null || silent.passed())
        && silentUntil.compareAndSet(silent, Deadline.after(SILENCE, ticker))) {
      log((cause == null ? what : what + ": " + cause) + "; models load without it");
    }
  }

  /** Counts that folders cannot be used, and logs it unless it was logged last. */
  void cannot(String what) {
    failures.increment();
    if (!cannot.getAndSet(what).equals(what)) {
      log(what);
    }
  }

  private static void log(String what) {
    LOG.log(System.Logger.Level.WARNING, "node cache: " + what);
  }

  ArtifactCacheCounts counts() {
    return new ArtifactCacheCounts(
        hits.sum(), misses.sum(), sourceCalls.sum(), evictions.sum(), failures.sum());
  }
}
