package io.manymodels.bench;

/**
 * Counts of durations in nanoseconds, in buckets that grow with the value: each is at most 1/128
 * wide of what it holds. Thread-confined.
 */
public final class Histogram {
  private static final int SUB_BITS = 7;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;

  private final long[] counts = new long[(Long.SIZE - SUB_BITS) * SUB_BUCKETS];
  private long count;
  private long max;

  public void record(long nanos) {
    counts[bucket(nanos)]++;
    count++;
    max = Math.max(max, nanos);
  }

  public void add(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
    max = Math.max(max, other.max);
  }

  public long count() {
    return count;
  }

  public long max() {
    return max;
  }

  /** The value that the share of all (0..1) does not exceed, to within a bucket; 0 when empty. */
  public long quantile(double share) {
    long rank = Math.max(1, (long) Math.ceil(share * count));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return Math.min(max, middle(i));
      }
    }
    return max;
  }

  /** Values below 128 have a bucket each; above, 128 buckets share each power of two. */
  private static int bucket(long nanos) {
    if (nanos < SUB_BUCKETS) {
      return (int) Math.max(0, nanos);
    }
    int shift = Long.SIZE - 1 - SUB_BITS - Long.numberOfLeadingZeros(nanos);
    return (shift + 1) * SUB_BUCKETS + (int) (nanos >>> shift) - SUB_BUCKETS;
  }

  private static long middle(int bucket) {
    if (bucket < SUB_BUCKETS) {
      return bucket;
    }
    int shift = bucket / SUB_BUCKETS - 1;
    long low = (long) (bucket % SUB_BUCKETS + SUB_BUCKETS) << shift;
    return low + (1L << shift) / 2;
  }
}
