package io.manymodels.tools.simulation;

/**
 * The parameters that all generated traces have in common.
 *
 * @param tenants of the base population, {@code 1..10000000}
 * @param requests {@code 1..1000000000}
 * @param requestsPerSecond evenly spaced, {@code 1..1000000}
 * @param seed of all that is random: the same workload makes the same trace
 */
public record Workload(int tenants, int requests, int requestsPerSecond, long seed) {
  public static final int MAX_TENANTS = 10_000_000;
  public static final int MAX_REQUESTS = 1_000_000_000;
  public static final int MAX_RATE = 1_000_000;
  public static final Workload DEFAULT = new Workload(1_000, 200_000, 1_000, 1);

  /** Throws {@link IllegalArgumentException} that names the parameter and its range. */
  public Workload {
    inRange("tenants", tenants, MAX_TENANTS);
    inRange("requests", requests, MAX_REQUESTS);
    inRange("requestsPerSecond", requestsPerSecond, MAX_RATE);
  }

  private static void inRange(String name, int value, int high) {
    if (value < 1 || value > high) {
      throw new IllegalArgumentException(name + ": " + value + " is not in 1.." + high);
    }
  }
}
