package io.manymodels.config;

import io.manymodels.config.ConfigKey.WholeKey;
import java.util.List;
import java.util.stream.Stream;

/**
 * The user_config of SharedMemory: how it decides and how long it waits.
 *
 * @param maxMovesPerSecond see {@link #MAX_MOVES_PER_SECOND}
 * @param reconcileMs see {@link #RECONCILE_MS}
 * @param loadTimeoutMs see {@link #LOAD_TIMEOUT_MS}
 * @param acknowledgeMs see {@link #ACKNOWLEDGE_MS}
 * @param knownTenants see {@link #KNOWN_TENANTS}
 * @param metricsTenants see {@link #METRICS_TENANTS}
 * @param policy which tenants are worth a place
 */
public record PlacementConfig(
    int maxMovesPerSecond,
    int reconcileMs,
    int loadTimeoutMs,
    int acknowledgeMs,
    int knownTenants,
    int metricsTenants,
    PolicyConfig policy) {
  public static final WholeKey MAX_MOVES_PER_SECOND =
      new WholeKey(
          "max_moves_per_second", 1, 10_000, 500, "Promotions that are started in a second.");
  public static final WholeKey RECONCILE_MS =
      new WholeKey(
          "reconcile_ms",
          100,
          60_000,
          1_000,
          "Milliseconds between two looks at what the hot replicas hold; 5 s if it is less, while"
              + " there is nothing to do.");
  public static final WholeKey LOAD_TIMEOUT_MS =
      new WholeKey(
          "load_timeout_ms",
          100,
          600_000,
          10_000,
          "Milliseconds that a hot replica has to load a model.");
  public static final WholeKey ACKNOWLEDGE_MS =
      new WholeKey(
          "acknowledge_ms",
          100,
          60_000,
          5_000,
          "Milliseconds that the Dispatchers have to route by a new table.");
  public static final WholeKey KNOWN_TENANTS =
      new WholeKey(
          "known_tenants",
          1_000,
          10_000_000,
          100_000,
          "Tenants whose traffic is remembered; some 300 bytes each.");

  public static final WholeKey METRICS_TENANTS =
      new WholeKey(
          "metrics_tenants",
          0,
          100,
          20,
          "How many of the busiest, the slowest and the most failing tenants `GET /metrics` has, of"
              + " each kind; `GET /tenants` has all.");

  public static final List<ConfigKey> KEYS =
      Stream.concat(
              Stream.of(
                  MAX_MOVES_PER_SECOND,
                  RECONCILE_MS,
                  LOAD_TIMEOUT_MS,
                  ACKNOWLEDGE_MS,
                  KNOWN_TENANTS,
                  METRICS_TENANTS),
              PolicyConfig.KEYS.stream())
          .toList();

  public static final PlacementConfig DEFAULT =
      new PlacementConfig(
          MAX_MOVES_PER_SECOND.byDefault(),
          RECONCILE_MS.byDefault(),
          LOAD_TIMEOUT_MS.byDefault(),
          ACKNOWLEDGE_MS.byDefault(),
          KNOWN_TENANTS.byDefault(),
          METRICS_TENANTS.byDefault(),
          PolicyConfig.DEFAULT);

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public PlacementConfig {
    MAX_MOVES_PER_SECOND.check(maxMovesPerSecond);
    RECONCILE_MS.check(reconcileMs);
    LOAD_TIMEOUT_MS.check(loadTimeoutMs);
    ACKNOWLEDGE_MS.check(acknowledgeMs);
    KNOWN_TENANTS.check(knownTenants);
    METRICS_TENANTS.check(metricsTenants);
  }
}
