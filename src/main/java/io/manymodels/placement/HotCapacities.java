package io.manymodels.placement;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many models and bytes each hot deployment can hold, in the order of the configuration.
 * Immutable.
 */
public final class HotCapacities {
  private final Map<String, HotConfig> configs;

  public HotCapacities(Map<String, HotConfig> configs) {
    this.configs = Collections.unmodifiableMap(new LinkedHashMap<>(configs));
  }

  public Set<String> deployments() {
    return configs.keySet();
  }

  public boolean has(String deployment) {
    return configs.containsKey(deployment);
  }

  /** Models that the deployment takes; 0 when there is no such deployment. */
  public int capacity(String deployment) {
    @Nullable HotConfig config = configs.get(deployment);
    return config == null ? 0 : config.capacity();
  }

  /** Bytes of loaded models that the deployment takes; 0 when there is no such deployment. */
  public long capacityBytes(String deployment) {
    @Nullable HotConfig config = configs.get(deployment);
    return config == null ? 0 : config.capacityBytes();
  }

  /** Whether the deployment is bounded in bytes beside its bound in models. */
  public boolean boundedInBytes(String deployment) {
    @Nullable HotConfig config = configs.get(deployment);
    return config != null && config.capacityMib() < HotConfig.MAX_CAPACITY_MIB;
  }

  /** Models that the dynamic deployments take together. */
  public int dynamicPlaces() {
    return (int)
        Math.min(
            Integer.MAX_VALUE,
            configs.values().stream()
                .filter(config -> config.pool() == Pool.DYNAMIC)
                .mapToLong(HotConfig::capacity)
                .sum());
  }

  public boolean dynamic(String deployment) {
    @Nullable HotConfig config = configs.get(deployment);
    return config != null && config.pool() == Pool.DYNAMIC;
  }

  /** Those of these deployments only. */
  public HotCapacities only(Set<String> deployments) {
    Map<String, HotConfig> kept = new LinkedHashMap<>(configs);
    kept.keySet().retainAll(deployments);
    return new HotCapacities(kept);
  }

  /** The same with one deployment's changed. */
  public HotCapacities with(String deployment, HotConfig config) {
    Map<String, HotConfig> changed = new LinkedHashMap<>(configs);
    changed.put(deployment, config);
    return new HotCapacities(changed);
  }
}
