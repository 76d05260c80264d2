package io.manymodels.json;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementState;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The state in the placement store as JSON, which later versions read as well. Malformed text
 * throws {@link IllegalArgumentException}.
 */
public final class PlacementJson {
  private PlacementJson() {}

  record Config(List<String> tenants, int capacity, @Nullable Integer capacityMib, Pool pool) {
    Config {
      require("tenants", tenants != null && noNull(tenants));
      require("pool", pool != null);
    }

    static Config of(HotConfig config) {
      return new Config(
          config.tenants().stream().map(TenantId::value).toList(),
          config.capacity(),
          config.capacityMib() == HotConfig.MAX_CAPACITY_MIB ? null : config.capacityMib(),
          config.pool());
    }

    HotConfig toConfig() {
      // States that were written before there was a bound in MiB have none.
      return new HotConfig(
          tenants.stream().map(TenantId::new).toList(),
          capacity,
          capacityMib == null ? HotConfig.MAX_CAPACITY_MIB : capacityMib,
          pool);
    }
  }

  record State(SortedMap<String, String> pins, SortedMap<String, Config> declared) {
    State {
      require("pins", pins != null && noNull(pins.values()));
      require("declared", declared != null && noNull(declared.values()));
    }
  }

  private static boolean noNull(Collection<?> values) {
    return values.stream().noneMatch(Objects::isNull);
  }

  private static void require(String key, boolean there) {
    if (!there) {
      throw new IllegalArgumentException("key '" + key + "': missing, or a null in it");
    }
  }

  public static String write(PlacementState state) {
    SortedMap<String, Config> declared = new TreeMap<>();
    state.declared().forEach((name, config) -> declared.put(name, Config.of(config)));
    return Json.write(new State(names(state.pins()), declared));
  }

  public static PlacementState readState(String json) {
    State read = Json.read(json, State.class);
    SortedMap<String, HotConfig> declared = new TreeMap<>();
    read.declared().forEach((name, config) -> declared.put(name, config.toConfig()));
    return new PlacementState(tenants(read.pins()), declared);
  }

  private static SortedMap<String, String> names(SortedMap<TenantId, String> byTenant) {
    SortedMap<String, String> byName = new TreeMap<>();
    byTenant.forEach((tenant, value) -> byName.put(tenant.value(), value));
    return byName;
  }

  private static SortedMap<TenantId, String> tenants(SortedMap<String, String> byName) {
    SortedMap<TenantId, String> byTenant = new TreeMap<>();
    byName.forEach((name, value) -> byTenant.put(new TenantId(name), value));
    return byTenant;
  }
}
