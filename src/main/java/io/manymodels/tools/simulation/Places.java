package io.manymodels.tools.simulation;

/**
 * Room for models in the hot deployments.
 *
 * @param deployments {@code 1..MAX_DEPLOYMENTS}
 * @param capacityEach models that each deployment takes, {@code 1} or more
 */
public record Places(int deployments, int capacityEach) {
  /** Far more than one application can have; each of them takes memory in a replay. */
  public static final int MAX_DEPLOYMENTS = 10_000;

  /**
   * Throws {@link IllegalArgumentException} when there is no place, more than an int counts, or too
   * many deployments.
   */
  public Places {
    if (deployments < 1
        || deployments > MAX_DEPLOYMENTS
        || capacityEach < 1
        || (long) deployments * capacityEach > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          deployments
              + "x"
              + capacityEach
              + " is not 1.."
              + Integer.MAX_VALUE
              + " places in 1.."
              + MAX_DEPLOYMENTS
              + " deployments");
    }
  }

  public int total() {
    return deployments * capacityEach;
  }
}
