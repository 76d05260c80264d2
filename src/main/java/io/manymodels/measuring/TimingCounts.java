package io.manymodels.measuring;

import java.util.ArrayList;
import java.util.List;

/** Durations of one series: their sum in nanoseconds, and counts by bucket. Thread-confined. */
public final class TimingCounts {
  private long nanos;
  private final long[] counts;

  TimingCounts(long nanos, long[] counts) {
    this.nanos = nanos;
    this.counts = counts;
  }

  /** Without a duration. */
  public TimingCounts() {
    this(0, new long[Buckets.COUNT]);
  }

  /** The sum of all durations in nanoseconds. */
  public long nanos() {
    return nanos;
  }

  /** How many durations there are. */
  public long count() {
    long all = 0;
    for (long count : counts) {
      all += count;
    }
    return all;
  }

  /** How many are in a bucket. */
  public long in(int bucket) {
    return counts[bucket];
  }

  /** A quantile in seconds, {@link Buckets#RELATIVE_ERROR} at most beside; 0 without a duration. */
  public double quantile(double quantile) {
    int bucket = Buckets.quantile(counts, quantile);
    return bucket < 0 ? 0 : Buckets.nanos(bucket) / 1e9;
  }

  /** What has been added since {@code before}; of a sum that is not yet there, nothing. */
  TimingCounts since(TimingCounts before) {
    long[] more = new long[Buckets.COUNT];
    for (int i = 0; i < more.length; i++) {
      more[i] = counts[i] - before.counts[i];
    }
    return new TimingCounts(nanos - before.nanos, more);
  }

  void add(TimingCounts more) {
    nanos += more.nanos;
    for (int i = 0; i < counts.length; i++) {
      counts[i] += more.counts[i];
    }
  }

  /** As it travels: the sum in nanoseconds, then each bucket that is not empty, and its count. */
  public List<Long> toList() {
    List<Long> list = new ArrayList<>();
    list.add(nanos);
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] != 0) {
        list.add((long) i);
        list.add(counts[i]);
      }
    }
    return list;
  }

  /** Reads what {@link #toList} wrote; what another build may have added is left out. */
  public static TimingCounts of(List<Long> list) {
    long[] counts = new long[Buckets.COUNT];
    for (int i = 1; i + 1 < list.size(); i += 2) {
      long bucket = list.get(i);
      long count = list.get(i + 1);
      if (bucket >= 0 && bucket < counts.length && count > 0) {
        counts[(int) bucket] += count;
      }
    }
    return new TimingCounts(list.isEmpty() ? 0 : Math.max(0, list.get(0)), counts);
  }
}
