package io.manymodels.routing;

/** The replica that was called is dead. */
public final class ReplicaLostException extends RuntimeException {
  private final transient ReplicaId replica;

  public ReplicaLostException(ReplicaId replica, Throwable cause) {
    super("replica " + replica + " is lost", cause);
    this.replica = replica;
  }

  public ReplicaId replica() {
    return replica;
  }
}
