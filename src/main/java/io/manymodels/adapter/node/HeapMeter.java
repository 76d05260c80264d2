package io.manymodels.adapter.node;

import io.manymodels.loading.MemoryMeter;
import io.manymodels.time.Ticker;
import java.time.Duration;

/**
 * The JVM's heap, of which an eighth is left to requests. What nobody refers to any more counts as
 * taken until it is collected; a collection stops all threads, so it is asked for at most every ten
 * seconds. Thread-safe.
 */
final class HeapMeter implements MemoryMeter {
  private static final double RESERVED_SHARE = 1.0 / 8;
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final Runtime runtime;
  private final Runnable collection;
  private final Ticker ticker;
  private long lastNanos;

  HeapMeter() {
    this(Runtime.getRuntime(), System::gc, Ticker.SYSTEM);
  }

  HeapMeter(Runtime runtime, Runnable collection, Ticker ticker) {
    this.runtime = runtime;
    this.collection = collection;
    this.ticker = ticker;
    this.lastNanos = ticker.nanos() - PAUSE.toNanos();
  }

  @Override
  public long limitBytes() {
    return runtime.maxMemory() - reserved();
  }

  @Override
  public long freeBytes() {
    long used = runtime.totalMemory() - runtime.freeMemory();
    return Math.max(0, runtime.maxMemory() - used - reserved());
  }

  private long reserved() {
    return (long) (runtime.maxMemory() * RESERVED_SHARE);
  }

  @Override
  public synchronized void reclaim() {
    if (ticker.nanos() - lastNanos >= PAUSE.toNanos()) {
      collection.run();
      lastNanos = ticker.nanos();
    }
  }
}
