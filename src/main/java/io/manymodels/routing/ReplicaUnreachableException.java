package io.manymodels.routing;

/**
 * The replica that was called is cut off, or says nothing; it may be alive, and it may have
 * predicted.
 */
public final class ReplicaUnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean mayHaveRun;
  private final boolean mayBeAlive;

  /** Of a call that was not made. */
  public ReplicaUnreachableException(ReplicaId replica, String why) {
    this(replica, why, false, true);
  }

  /** Without a stack trace: one is thrown for every call that was under way. */
  private ReplicaUnreachableException(
      ReplicaId replica, String why, boolean mayHaveRun, boolean mayBeAlive) {
    super("replica " + replica + " " + why, null, false, false);
    this.mayHaveRun = mayHaveRun;
    this.mayBeAlive = mayBeAlive;
  }

  /** Of a call whose connection has ended, most likely with the replica. */
  public static ReplicaUnreachableException cutOff(ReplicaId replica) {
    return new ReplicaUnreachableException(replica, "is cut off", true, false);
  }

  /** Of a call to a replica that says nothing: it is stopped, overloaded or far away. */
  public static ReplicaUnreachableException silent(ReplicaId replica) {
    return new ReplicaUnreachableException(replica, "is silent", true, true);
  }

  /** Whether the replica may have begun to predict, or may be about to. */
  public boolean mayHaveRun() {
    return mayHaveRun;
  }

  /** Whether nothing says that the replica has ended. */
  public boolean mayBeAlive() {
    return mayBeAlive;
  }
}
