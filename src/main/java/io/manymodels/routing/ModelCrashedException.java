package io.manymodels.routing;

import java.util.Optional;

/** The request has ended the replica that ran it, as far as can be told, and is not tried again. */
public final class ModelCrashedException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final transient Optional<RunningPrediction> culprit;

  /**
   * @param culprit the request as the replica ran it; empty when nobody can tell, and too many
   *     replicas were lost that may have run it
   */
  public ModelCrashedException(ReplicaId replica, Optional<RunningPrediction> culprit) {
    super("replica " + replica + " was lost while it ran the request");
    this.culprit = culprit;
  }

  public Optional<RunningPrediction> culprit() {
    return culprit;
  }
}
