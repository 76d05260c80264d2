package io.manymodels.placement;

import io.manymodels.config.HotConfig;
import io.manymodels.model.TenantId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The state that must outlive SharedMemory. Everything else can be asked of the hot replicas, or is
 * a {@link RememberedPlacement}.
 *
 * @param pins the dedicated pool: tenant -> hot deployment
 * @param declared the user_config of each hot deployment that was applied last, so that an old one
 *     is not taken for a new one after a restart and a later change of the pool is not undone
 */
public record PlacementState(
    SortedMap<TenantId, String> pins, SortedMap<String, HotConfig> declared) {
  public static final PlacementState EMPTY = new PlacementState(new TreeMap<>(), new TreeMap<>());

  public PlacementState {
    pins = Collections.unmodifiableSortedMap(new TreeMap<>(pins));
    declared = Collections.unmodifiableSortedMap(new TreeMap<>(declared));
  }
}
