package io.manymodels.adapter.nodecache;

/**
 * The bound of a cache. A file is charged for the blocks that it takes, and for a minimum that
 * keeps the number of files small enough to scan.
 *
 * @param boundBytes in all
 */
record Quota(long boundBytes) {
  private static final int BLOCK_BYTES = 4 << 10;
  private static final int MAX_FILES = 100_000;

  /** The share of the bound that one artifact may take. */
  private static final double MAX_ARTIFACT_SHARE = 0.25;

  /** Throws {@link IllegalArgumentException} when not even one block fits. */
  Quota {
    if (boundBytes < BLOCK_BYTES) {
      throw new IllegalArgumentException("boundBytes: " + boundBytes + " is less than a block");
    }
  }

  /** The bytes that a file of this size is charged for. */
  long charge(long fileBytes) {
    long blocks = Math.max(1, (fileBytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
    return Math.max(blocks * BLOCK_BYTES, boundBytes / MAX_FILES);
  }

  /** The largest artifact that is cached: a larger one would evict too many others. */
  long largestBytes() {
    return (long) Math.min(boundBytes * MAX_ARTIFACT_SHARE, Integer.MAX_VALUE);
  }

  /** The most bytes that are left after an eviction. */
  long afterEviction() {
    return boundBytes / 10 * 9;
  }
}
