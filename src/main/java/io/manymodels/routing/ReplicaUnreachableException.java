package io.manymodels.routing;

/**
 * The replica that was called is cut off, or says nothing; it may be alive, and it may have
 * predicted.
 */
public final class ReplicaUnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Without a stack trace: one is thrown for every call that was under way. */
  public ReplicaUnreachableException(ReplicaId replica, String why) {
    super("replica " + replica + " " + why, null, false, false);
  }
}
