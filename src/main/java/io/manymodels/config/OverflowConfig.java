package io.manymodels.config;

import io.manymodels.config.ConfigKey.TextKey;
import io.manymodels.config.ConfigKey.WholeKey;
import java.util.List;

/**
 * The user_config of the overflow deployment: bounds of its cache of loaded models, both in force.
 *
 * @param capacity see {@link #CAPACITY}
 * @param capacityMib see {@link #CAPACITY_MIB}
 * @param loadThreads see {@link #LOAD_THREADS}
 * @param loadQueue see {@link #LOAD_QUEUE}
 */
public record OverflowConfig(int capacity, int capacityMib, int loadThreads, int loadQueue) {
  public static final WholeKey CAPACITY =
      new WholeKey("capacity", 1, 1_000_000, 1_000, "Models that the cache takes.");
  public static final WholeKey CAPACITY_MIB =
      new WholeKey("capacity_mib", 1, 1_048_576, 128, "MiB of loaded models that the cache takes.");
  public static final WholeKey LOAD_THREADS =
      new WholeKey("load_threads", 1, 64, 2, "Models that are loaded at once.");
  public static final WholeKey LOAD_QUEUE =
      new WholeKey(
          "load_queue",
          1,
          100_000,
          1_000,
          "Loads that may wait for a thread; further ones are refused (`overloaded`).");
  public static final TextKey TENANT =
      new TextKey(
          "tenant",
          "`default`",
          "",
          "Has no effect. It is accepted because user_configs of the old system contain it.");

  public static final List<ConfigKey> KEYS =
      List.of(CAPACITY, CAPACITY_MIB, LOAD_THREADS, LOAD_QUEUE, TENANT);

  public static final OverflowConfig DEFAULT =
      new OverflowConfig(
          CAPACITY.byDefault(),
          CAPACITY_MIB.byDefault(),
          LOAD_THREADS.byDefault(),
          LOAD_QUEUE.byDefault());

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public OverflowConfig {
    CAPACITY.check(capacity);
    CAPACITY_MIB.check(capacityMib);
    LOAD_THREADS.check(loadThreads);
    LOAD_QUEUE.check(loadQueue);
  }

  public long capacityBytes() {
    return (long) capacityMib << 20;
  }
}
