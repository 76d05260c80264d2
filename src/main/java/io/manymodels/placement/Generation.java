package io.manymodels.placement;

/**
 * The version of a placement table or of a command to a hot replica, ordered first by the term of
 * its writer, then by a count. Each new writer takes a higher term from the {@link PlacementStore},
 * so a reader that has seen a newer writer refuses the older one (Gray and Cheriton's fencing by
 * lease term; Kafka calls it the leader epoch).
 *
 * @param term of the SharedMemory replica that wrote it, {@code >= 0}
 * @param number within the term, {@code >= 0}
 */
public record Generation(long term, long number) implements Comparable<Generation> {
  /** Older than everything that is ever written. */
  public static final Generation NONE = new Generation(0, 0);

  /**
   * The generation that {@link #toString} wrote.
   *
   * @throws IllegalArgumentException when it is not two whole numbers with a dot between
   */
  public static Generation parse(String text) {
    int dot = text.indexOf('.');
    try {
      return new Generation(
          Long.parseLong(text.substring(0, dot)), Long.parseLong(text.substring(dot + 1)));
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new IllegalArgumentException("a generation is two whole numbers, as 3.41", e);
    }
  }

  public Generation next() {
    return new Generation(term, number + 1);
  }

  public boolean newerThan(Generation other) {
    return compareTo(other) > 0;
  }

  @Override
  public int compareTo(Generation other) {
    int byTerm = Long.compare(term, other.term);
    return byTerm != 0 ? byTerm : Long.compare(number, other.number);
  }

  @Override
  public String toString() {
    return term + "." + number;
  }
}
