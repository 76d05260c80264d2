package io.manymodels.simulation;

/**
 * Room for models in the hot deployments.
 *
 * @param deployments {@code 1} or more
 * @param capacityEach models that each deployment takes, {@code 1} or more
 */
public record Places(int deployments, int capacityEach) {

  /** Throws {@link IllegalArgumentException} when there is no place, or more than an int counts. */
  public Places {
    if (deployments < 1
        || capacityEach < 1
        || (long) deployments * capacityEach > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          deployments + "x" + capacityEach + " is not 1.." + Integer.MAX_VALUE + " places");
    }
  }

  public int total() {
    return deployments * capacityEach;
  }
}
