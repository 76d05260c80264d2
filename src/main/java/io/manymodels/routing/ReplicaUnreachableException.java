package io.manymodels.routing;

/**
 * The replica that was called is cut off, or says nothing; it may be alive, and it may have
 * predicted.
 */
public final class ReplicaUnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean mayHaveRun;

  /** Of a call that was not made. */
  public ReplicaUnreachableException(ReplicaId replica, String why) {
    this(replica, why, false);
  }

  /**
   * Without a stack trace: one is thrown for every call that was under way.
   *
   * @param mayHaveRun whether the replica may have begun to predict, or may be about to
   */
  public ReplicaUnreachableException(ReplicaId replica, String why, boolean mayHaveRun) {
    super("replica " + replica + " " + why, null, false, false);
    this.mayHaveRun = mayHaveRun;
  }

  public boolean mayHaveRun() {
    return mayHaveRun;
  }
}
