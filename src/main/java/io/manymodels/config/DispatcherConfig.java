package io.manymodels.config;

/**
 * The user_config of the Dispatcher: limits and deadlines of the HTTP edge.
 *
 * @param maxBodyBytes of a request, {@code 1..67108864}
 * @param maxRows of a request, {@code 1..1000000}
 * @param maxValues numbers of a request in all its rows, {@code 1..10000000}
 * @param deadlineMs of a request that asks for none, and the cap for those that do, {@code
 *     1..600000}
 * @param attemptTimeoutMs after which a silent hot replica is given up and Deploymentx is asked
 * @param maxInFlight requests under way in one Dispatcher replica, {@code 1..10000}
 * @param maxInFlightPerTenant of these, those of one tenant, {@code 1..10000}
 * @param deploymentMapLimit placed tenants up to which an answer carries the deployment_map, {@code
 *     0..100000}
 */
public record DispatcherConfig(
    int maxBodyBytes,
    int maxRows,
    int maxValues,
    int deadlineMs,
    int attemptTimeoutMs,
    int maxInFlight,
    int maxInFlightPerTenant,
    int deploymentMapLimit) {
  public static final DispatcherConfig DEFAULT =
      new DispatcherConfig(8 << 20, 10_000, 1_000_000, 10_000, 2_000, 60, 32, 100);

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public DispatcherConfig {
    Limit.inRange("max_body_bytes", maxBodyBytes, 1, 64 << 20);
    Limit.inRange("max_rows", maxRows, 1, 1_000_000);
    Limit.inRange("max_values", maxValues, 1, 10_000_000);
    Limit.inRange("deadline_ms", deadlineMs, 1, 600_000);
    Limit.inRange("attempt_timeout_ms", attemptTimeoutMs, 1, 600_000);
    Limit.inRange("max_in_flight", maxInFlight, 1, 10_000);
    Limit.inRange("max_in_flight_per_tenant", maxInFlightPerTenant, 1, 10_000);
    Limit.inRange("deployment_map_limit", deploymentMapLimit, 0, 100_000);
  }
}
