package io.manymodels.measuring;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** The durations of one series, in {@link Buckets}. Thread-safe; recording takes no lock. */
public final class Timing {
  private final AtomicLongArray counts = new AtomicLongArray(Buckets.COUNT);
  private final LongAdder nanos = new LongAdder();

  Timing() {}

  /** A duration; less than nothing, as by a clock that was set back, counts as nothing. */
  public void record(long duration) {
    long counted = Math.max(0, duration);
    counts.getAndIncrement(Buckets.of(counted));
    nanos.add(counted);
  }

  /** All durations since the process began. Those recorded meanwhile may be in it in part. */
  TimingCounts counts() {
    long[] copy = new long[Buckets.COUNT];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = counts.get(i);
    }
    return new TimingCounts(nanos.sum(), copy);
  }
}
