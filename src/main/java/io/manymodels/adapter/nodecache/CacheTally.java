package io.manymodels.adapter.nodecache;

import io.manymodels.artifact.ArtifactCacheCounts;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts what the cache does, and logs failures, once a minute at most. Thread-safe. */
final class CacheTally {
  private static final System.Logger LOG = System.getLogger(NodeArtifactCache.class.getName());
  private static final Duration SILENCE = Duration.ofMinutes(1);

  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder sourceCalls = new LongAdder();
  final LongAdder evictions = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicReference<@Nullable Deadline> silentUntil = new AtomicReference<>();
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
      log(cause == null ? what : what + ": " + cause);
    }
  }

  /** Counts a failure that will not be repeated. */
  void refused(String what) {
    failures.increment();
    log(what);
  }

  private static void log(String what) {
    LOG.log(System.Logger.Level.WARNING, "node cache: " + what + "; models load without it");
  }

  ArtifactCacheCounts counts() {
    return new ArtifactCacheCounts(
        hits.sum(), misses.sum(), sourceCalls.sum(), evictions.sum(), failures.sum());
  }
}
