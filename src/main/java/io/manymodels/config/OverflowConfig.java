package io.manymodels.config;

/**
 * The user_config of the overflow deployment: bounds of its cache of loaded models, both in force.
 *
 * @param capacity models, {@code 1..1000000}
 * @param capacityMib weight of the loaded models in MiB, {@code 1..1048576}
 * @param loadThreads models loaded at once, {@code 1..64}
 * @param loadQueue loads that may wait for a thread, {@code 1..100000}; more are refused
 */
public record OverflowConfig(int capacity, int capacityMib, int loadThreads, int loadQueue) {
  public static final OverflowConfig DEFAULT = new OverflowConfig(1_000, 128, 2, 1_000);

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public OverflowConfig {
    Limit.inRange("capacity", capacity, 1, 1_000_000);
    Limit.inRange("capacity_mib", capacityMib, 1, 1_048_576);
    Limit.inRange("load_threads", loadThreads, 1, 64);
    Limit.inRange("load_queue", loadQueue, 1, 100_000);
  }

  public long capacityBytes() {
    return (long) capacityMib << 20;
  }
}
