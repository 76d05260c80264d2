package io.manymodels.measuring;

import java.util.Arrays;

/**
 * The latencies of one tenant in few bytes: for each bucket that is not empty its distance from the
 * one before and its count, both in seven bits a byte. Stateless; the counts themselves are in an
 * array that the caller uses again and again.
 */
final class LatencySketch {
  static final byte[] EMPTY = {};

  /**
   * When a tenant has more, each counts half: so a sketch follows a tenant that becomes slower, and
   * no count takes more than two bytes.
   */
  static final int MOST = 16_000;

  private static final int BITS = 7;
  private static final int MORE = 1 << BITS;

  private LatencySketch() {}

  /** Sets {@code counts}, one for each bucket, to those in a sketch. */
  static void read(byte[] sketch, long[] counts) {
    Arrays.fill(counts, 0);
    int bucket = -1;
    int at = 0;
    while (at < sketch.length) {
      int gap = number(sketch, at);
      at += length(gap);
      int count = number(sketch, at);
      at += length(count);
      bucket += gap;
      counts[bucket] = count;
    }
  }

  /** Writes counts, each of which is at most {@link #MOST}. */
  static byte[] write(long[] counts) {
    byte[] sketch = new byte[size(counts)];
    int at = 0;
    int before = -1;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      if (counts[bucket] > 0) {
        at = put(sketch, at, bucket - before);
        at = put(sketch, at, (int) counts[bucket]);
        before = bucket;
      }
    }
    return sketch;
  }

  private static int size(long[] counts) {
    int bytes = 0;
    int before = -1;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      if (counts[bucket] > 0) {
        bytes += length(bucket - before) + length((int) counts[bucket]);
        before = bucket;
      }
    }
    return bytes;
  }

  /**
   * Halves counts until there are not more than {@link #MOST}; every quantile stays where it is.
   */
  static void forget(long[] counts) {
    long all = Arrays.stream(counts).sum();
    while (all > MOST) {
      long before = 0;
      long sum = 0;
      for (int i = 0; i < counts.length; i++) {
        sum += counts[i];
        // By the sums, so that rounding moves no quantile by more than one request.
        counts[i] = sum / 2 - before / 2;
        before = sum;
      }
      all /= 2;
    }
  }

  private static int length(int number) {
    return number < MORE ? 1 : 2;
  }

  private static int put(byte[] out, int at, int number) {
    if (number < MORE) {
      out[at] = (byte) number;
      return at + 1;
    }
    out[at] = (byte) ((number % MORE) | MORE);
    out[at + 1] = (byte) (number / MORE);
    return at + 2;
  }

  private static int number(byte[] in, int at) {
    return in[at] >= 0 ? in[at] : (in[at] & (MORE - 1)) + in[at + 1] * MORE;
  }
}
