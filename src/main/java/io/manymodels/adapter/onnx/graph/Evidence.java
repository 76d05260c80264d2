package io.manymodels.adapter.onnx.graph;

/**
 * What an operator says of the shape of a value that it takes. Not thread-safe.
 *
 * <p>A row of a matrix is its last dimension; images and sequences of numbers have their channels
 * in the second.
 */
final class Evidence {
  private static final long NOTHING = 0;

  private long rank;
  private long width;
  private long likelyWidth;
  private long leastWidth;
  private long channels;

  /** The value has so many dimensions. */
  void rank(long dimensions) {
    rank = rank == NOTHING ? dimensions : rank;
  }

  /** The last dimension has this size. */
  void width(long size) {
    width = Math.max(width, size);
  }

  /** The last dimension most likely has this size, unless another operator knows it. */
  void likelyWidth(long size) {
    likelyWidth = Math.max(likelyWidth, size);
  }

  /** The last dimension has this size or more. */
  void leastWidth(long size) {
    leastWidth = Math.max(leastWidth, size);
  }

  /** The second dimension has this size. */
  void channels(long size) {
    channels = Math.max(channels, size);
  }

  /** How many dimensions the value has; 0 when nothing says it. */
  long rank() {
    return rank;
  }

  /** Only what is certain. */
  Evidence certain() {
    Evidence certain = new Evidence();
    certain.rank = rank;
    certain.width = width;
    certain.channels = channels;
    return certain;
  }

  /** Whether the last dimension may have more than its {@link #size}. */
  boolean isLeast() {
    return width == NOTHING && leastWidth > likelyWidth;
  }

  /** The size of a dimension; 0 when nothing says it. */
  long size(int dimension, int dimensions) {
    long last = width > 0 ? width : Math.max(likelyWidth, leastWidth);
    if (dimension == dimensions - 1 && last > 0) {
      return last;
    }
    return dimension == 1 ? channels : NOTHING;
  }
}
