package io.manymodels.http;

import io.manymodels.measuring.Buckets;
import io.manymodels.measuring.TimingCounts;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import java.util.ArrayList;
import java.util.List;

/**
 * The buckets of histograms in metrics: few enough for a scrape, and the same for all. A duration
 * counts in the bucket of what stands for it, so one that is within 2 % of a bound may be beside
 * it. Stateless.
 */
final class LatencyBounds {
  private static final double NANOS = 1e9;
  private static final double[] SECONDS = {
    0.00001,
    0.00005,
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    Double.POSITIVE_INFINITY
  };

  /** By bucket of ours: the one in metrics. */
  private static final int[] SLOTS = slots();

  private LatencyBounds() {}

  private static int[] slots() {
    int[] slots = new int[Buckets.COUNT];
    int slot = 0;
    for (int i = 0; i < slots.length; i++) {
      while (i == slots.length - 1 || Buckets.nanos(i) / NANOS > SECONDS[slot]) {
        if (slot == SECONDS.length - 1) {
          break;
        }
        slot++;
      }
      slots[i] = slot;
    }
    return slots;
  }

  static ClassicHistogramBuckets of(TimingCounts timing) {
    long[] counts = new long[SECONDS.length];
    for (int i = 0; i < Buckets.COUNT; i++) {
      counts[SLOTS[i]] += timing.in(i);
    }
    List<Double> bounds = new ArrayList<>();
    List<Long> boxed = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      bounds.add(SECONDS[i]);
      boxed.add(counts[i]);
    }
    return ClassicHistogramBuckets.of(bounds, boxed);
  }
}
