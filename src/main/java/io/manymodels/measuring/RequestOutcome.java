package io.manymodels.measuring;

import io.manymodels.model.ErrorCode;

/** How a request of a tenant ended, as its figures tell it apart. */
public enum RequestOutcome {
  /** A prediction by a hot deployment. */
  HIT(0),
  /** A prediction by Deploymentx, whose model was loaded. */
  OVERFLOW_HIT(1),
  /** A prediction by Deploymentx that waited for the model. */
  LOAD(2),
  /** A failure that shows that there is such a tenant: of its model, or of what the model takes. */
  ERROR(3),
  /** Another failure, as for want of a replica. Anybody can cause it by any name. */
  REFUSAL(4);

  static final int COUNT = 5;

  private final int number;

  RequestOutcome(int number) {
    this.number = number;
  }

  /** From 0 on. */
  int number() {
    return number;
  }

  /** Whether it is a prediction. */
  boolean answered() {
    return number < ERROR.number;
  }

  /** The outcome of a request that failed so. */
  public static RequestOutcome of(ErrorCode code) {
    return switch (code) {
      case INPUT_MISMATCH, ARTIFACT_CORRUPT, LOAD_FAILED, MODEL_CRASHED -> ERROR;
      default -> REFUSAL;
    };
  }

  /** The outcome of this {@link #number}. */
  static RequestOutcome ofNumber(int number) {
    return switch (number) {
      case 0 -> HIT;
      case 1 -> OVERFLOW_HIT;
      case 2 -> LOAD;
      case 3 -> ERROR;
      default -> REFUSAL;
    };
  }
}
