package io.manymodels.config;

import io.manymodels.config.ConfigKey.TextKey;
import io.manymodels.config.ConfigKey.WholeKey;
import java.util.List;

/**
 * The user_config of the Dispatcher: limits and deadlines of the HTTP edge.
 *
 * @param maxBodyBytes see {@link #MAX_BODY_BYTES}
 * @param maxRows see {@link #MAX_ROWS}
 * @param maxValues see {@link #MAX_VALUES}
 * @param deadlineMs see {@link #DEADLINE_MS}
 * @param attemptTimeoutMs see {@link #ATTEMPT_TIMEOUT_MS}
 * @param maxInFlight see {@link #MAX_IN_FLIGHT}
 * @param maxInFlightPerTenant see {@link #MAX_IN_FLIGHT_PER_TENANT}
 * @param deploymentMapLimit see {@link #DEPLOYMENT_MAP_LIMIT}
 * @param tenantQuotas see {@link #TENANT_QUOTA} and {@link #TENANT_QUOTAS}
 */
public record DispatcherConfig(
    int maxBodyBytes,
    int maxRows,
    int maxValues,
    int deadlineMs,
    int attemptTimeoutMs,
    int maxInFlight,
    int maxInFlightPerTenant,
    int deploymentMapLimit,
    TenantQuotas tenantQuotas) {
  public static final WholeKey MAX_BODY_BYTES =
      new WholeKey("max_body_bytes", 1, 64 << 20, 8 << 20, "Bytes of a request's body.");
  public static final WholeKey MAX_ROWS =
      new WholeKey("max_rows", 1, 1_000_000, 10_000, "Rows of a request.");
  public static final WholeKey MAX_VALUES =
      new WholeKey("max_values", 1, 10_000_000, 1_000_000, "Numbers of a request in all its rows.");
  public static final WholeKey DEADLINE_MS =
      new WholeKey(
          "deadline_ms",
          1,
          600_000,
          10_000,
          "The deadline in milliseconds of a request that names none; also the longest deadline that "
              + "a request can name.");
  public static final WholeKey ATTEMPT_TIMEOUT_MS =
      new WholeKey(
          "attempt_timeout_ms",
          1,
          600_000,
          2_000,
          "Milliseconds after which a silent hot replica is given up and Deploymentx is asked.");
  public static final WholeKey MAX_IN_FLIGHT =
      new WholeKey("max_in_flight", 1, 10_000, 60, "Requests under way in one Dispatcher.");
  public static final WholeKey MAX_IN_FLIGHT_PER_TENANT =
      new WholeKey(
          "max_in_flight_per_tenant",
          1,
          10_000,
          32,
          "Requests of one tenant under way in one Dispatcher.");
  public static final WholeKey DEPLOYMENT_MAP_LIMIT =
      new WholeKey(
          "deployment_map_limit",
          0,
          100_000,
          100,
          "Placed tenants up to which the answer to a score has the `deployment_map`.");

  public static final TextKey TENANT_QUOTA =
      new TextKey(
          "tenant_quota",
          "`requests_per_second`, `rows_per_second`, `burst_s`",
          "none",
          "How much may be asked of each tenant, over all Dispatchers together: see [quotas](access.md#quotas).");
  public static final TextKey TENANT_QUOTAS =
      new TextKey(
          "tenant_quotas",
          "tenants, and for each the same keys",
          "none",
          "The quotas of single tenants, instead of `tenant_quota`.");

  public static final List<ConfigKey> KEYS =
      List.of(
          MAX_BODY_BYTES,
          MAX_ROWS,
          MAX_VALUES,
          DEADLINE_MS,
          ATTEMPT_TIMEOUT_MS,
          MAX_IN_FLIGHT,
          MAX_IN_FLIGHT_PER_TENANT,
          DEPLOYMENT_MAP_LIMIT,
          TENANT_QUOTA,
          TENANT_QUOTAS);

  public static final DispatcherConfig DEFAULT =
      new DispatcherConfig(
          MAX_BODY_BYTES.byDefault(),
          MAX_ROWS.byDefault(),
          MAX_VALUES.byDefault(),
          DEADLINE_MS.byDefault(),
          ATTEMPT_TIMEOUT_MS.byDefault(),
          MAX_IN_FLIGHT.byDefault(),
          MAX_IN_FLIGHT_PER_TENANT.byDefault(),
          DEPLOYMENT_MAP_LIMIT.byDefault());

  /** Without quotas. */
  public DispatcherConfig(
      int maxBodyBytes,
      int maxRows,
      int maxValues,
      int deadlineMs,
      int attemptTimeoutMs,
      int maxInFlight,
      int maxInFlightPerTenant,
      int deploymentMapLimit) {
    this(
        maxBodyBytes,
        maxRows,
        maxValues,
        deadlineMs,
        attemptTimeoutMs,
        maxInFlight,
        maxInFlightPerTenant,
        deploymentMapLimit,
        TenantQuotas.UNLIMITED);
  }

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public DispatcherConfig {
    MAX_BODY_BYTES.check(maxBodyBytes);
    MAX_ROWS.check(maxRows);
    MAX_VALUES.check(maxValues);
    DEADLINE_MS.check(deadlineMs);
    ATTEMPT_TIMEOUT_MS.check(attemptTimeoutMs);
    MAX_IN_FLIGHT.check(maxInFlight);
    MAX_IN_FLIGHT_PER_TENANT.check(maxInFlightPerTenant);
    DEPLOYMENT_MAP_LIMIT.check(deploymentMapLimit);
  }
}
