package io.manymodels.config;

/**
 * The user_config of SharedMemory: how it decides and how long it waits.
 *
 * @param maxMovesPerSecond promotions started in a second at most, {@code 1..10000}
 * @param reconcileMs between two looks at what the hot replicas hold, {@code 100..60000}
 * @param loadTimeoutMs for a hot replica to load what it was told to, {@code 100..600000}
 * @param acknowledgeMs for every Dispatcher to route by a new table, {@code 100..60000}
 * @param knownTenants whose traffic is remembered at most, {@code 1000..10000000}; some 300 bytes
 *     each
 * @param policy who is worth a place
 */
public record PlacementConfig(
    int maxMovesPerSecond,
    int reconcileMs,
    int loadTimeoutMs,
    int acknowledgeMs,
    int knownTenants,
    PolicyConfig policy) {
  public static final PlacementConfig DEFAULT =
      new PlacementConfig(500, 1_000, 10_000, 5_000, 100_000, PolicyConfig.DEFAULT);

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public PlacementConfig {
    Limit.inRange("max_moves_per_second", maxMovesPerSecond, 1, 10_000);
    Limit.inRange("reconcile_ms", reconcileMs, 100, 60_000);
    Limit.inRange("load_timeout_ms", loadTimeoutMs, 100, 600_000);
    Limit.inRange("acknowledge_ms", acknowledgeMs, 100, 60_000);
    Limit.inRange("known_tenants", knownTenants, 1_000, 10_000_000);
  }
}
