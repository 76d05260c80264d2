package io.manymodels.measuring;

import io.manymodels.model.ErrorCode;

/** How a request of a tenant ended, as its figures tell it apart. */
public enum RequestOutcome {
  /** A prediction by a hot deployment. */
  HIT,
  /** A prediction by Deploymentx, whose model was loaded. */
  OVERFLOW_HIT,
  /** A prediction by Deploymentx that waited for the model. */
  LOAD,
  /** A failure that shows that there is such a tenant: of its model, or of what the model takes. */
  ERROR,
  /** Another failure, as for want of a replica. Anybody can cause it by any name. */
  REFUSAL;

  /** The outcome of a request that failed so. */
  public static RequestOutcome of(ErrorCode code) {
    return switch (code) {
      case INPUT_MISMATCH, ARTIFACT_CORRUPT, LOAD_FAILED, MODEL_CRASHED -> ERROR;
      default -> REFUSAL;
    };
  }

  static RequestOutcome ofOrdinal(int ordinal) {
    return switch (ordinal) {
      case 0 -> HIT;
      case 1 -> OVERFLOW_HIT;
      case 2 -> LOAD;
      case 3 -> ERROR;
      default -> REFUSAL;
    };
  }
}
