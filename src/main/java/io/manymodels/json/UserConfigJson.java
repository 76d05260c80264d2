package io.manymodels.json;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.config.OverflowConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.config.PolicyConfig;
import io.manymodels.config.Pool;
import io.manymodels.config.RequestQuota;
import io.manymodels.config.TenantQuotas;
import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the user_config of each deployment, and the application's own configuration. A key that is
 * missing has its default; an unknown key, a wrong type or a value out of range throws {@link
 * IllegalArgumentException} with one line that names key, value and what is allowed.
 */
public final class UserConfigJson {
  private UserConfigJson() {}

  private record Hot(
      @Nullable String tenant,
      @Nullable List<String> tenants,
      @Nullable Integer capacity,
      @Nullable Integer capacityMib,
      @Nullable String pool) {}

  private record Overflow(
      @Nullable Integer capacity,
      @Nullable Integer capacityMib,
      @Nullable Integer loadThreads,
      @Nullable Integer loadQueue,
      @Nullable String tenant) {}

  private record Dispatcher(
      @Nullable Integer maxBodyBytes,
      @Nullable Integer maxRows,
      @Nullable Integer maxValues,
      @Nullable Integer deadlineMs,
      @Nullable Integer attemptTimeoutMs,
      @Nullable Integer maxInFlight,
      @Nullable Integer maxInFlightPerTenant,
      @Nullable Integer deploymentMapLimit,
      @Nullable QuotaJson tenantQuota,
      @Nullable Map<String, QuotaJson> tenantQuotas) {}

  private record Placement(
      @Nullable Integer maxMovesPerSecond,
      @Nullable Integer reconcileMs,
      @Nullable Integer loadTimeoutMs,
      @Nullable Integer acknowledgeMs,
      @Nullable Integer knownTenants,
      @Nullable Integer metricsTenants,
      @Nullable Integer halfLifeS,
      @Nullable Double admissionMargin,
      @Nullable Double admissionDeviations,
      @Nullable Integer overflowCostMs) {}

  /** The application's configuration, as its builder wrote it. */
  public static ApplicationConfig application(String json) {
    return Json.read(json, ApplicationConfig.class);
  }

  /** The user_config of a hot deployment. */
  public static HotConfig hot(String json) {
    Hot read = Json.read(json, Hot.class);
    if (read.tenant() != null && read.tenants() != null) {
      throw new IllegalArgumentException("keys 'tenant' and 'tenants' exclude each other");
    }
    List<TenantId> tenants = new ArrayList<>();
    if (read.tenant() != null) {
      tenants.add(tenant("tenant", read.tenant()));
    } else if (read.tenants() != null) {
      read.tenants().forEach(name -> tenants.add(tenant("tenants", name)));
    }
    return new HotConfig(
        tenants,
        HotConfig.CAPACITY.or(read.capacity()),
        HotConfig.CAPACITY_MIB.or(read.capacityMib()),
        pool(read.pool()));
  }

  private static TenantId tenant(String key, @Nullable String name) {
    try {
      return new TenantId(name == null ? "" : name);
    } catch (IllegalArgumentException e) {
      String got = name == null ? "null" : JsonComplaint.quoted(name);
      throw new IllegalArgumentException("key '" + key + "': " + got + ": " + e.getMessage(), e);
    }
  }

  private static Pool pool(@Nullable String name) {
    if (name == null) {
      return HotConfig.DEFAULT.pool();
    }
    for (Pool pool : Pool.values()) {
      if (pool.name().toLowerCase(Locale.ROOT).equals(name)) {
        return pool;
      }
    }
    throw new IllegalArgumentException(
        "key 'pool': " + JsonComplaint.quoted(name) + " is not one of dynamic, dedicated");
  }

  /** The user_config of the overflow deployment. */
  public static OverflowConfig overflow(String json) {
    Overflow read = Json.read(json, Overflow.class);
    // The old system's only key: {tenant: default}.
    if (read.tenant() != null && !read.tenant().equals("default")) {
      throw new IllegalArgumentException(
          "key 'tenant': "
              + JsonComplaint.quoted(read.tenant())
              + "; the overflow deployment has no fixed tenants");
    }
    return new OverflowConfig(
        OverflowConfig.CAPACITY.or(read.capacity()),
        OverflowConfig.CAPACITY_MIB.or(read.capacityMib()),
        OverflowConfig.LOAD_THREADS.or(read.loadThreads()),
        OverflowConfig.LOAD_QUEUE.or(read.loadQueue()));
  }

  /** The user_config of the Dispatcher. */
  public static DispatcherConfig dispatcher(String json) {
    Dispatcher read = Json.read(json, Dispatcher.class);
    return new DispatcherConfig(
        DispatcherConfig.MAX_BODY_BYTES.or(read.maxBodyBytes()),
        DispatcherConfig.MAX_ROWS.or(read.maxRows()),
        DispatcherConfig.MAX_VALUES.or(read.maxValues()),
        DispatcherConfig.DEADLINE_MS.or(read.deadlineMs()),
        DispatcherConfig.ATTEMPT_TIMEOUT_MS.or(read.attemptTimeoutMs()),
        DispatcherConfig.MAX_IN_FLIGHT.or(read.maxInFlight()),
        DispatcherConfig.MAX_IN_FLIGHT_PER_TENANT.or(read.maxInFlightPerTenant()),
        DispatcherConfig.DEPLOYMENT_MAP_LIMIT.or(read.deploymentMapLimit()),
        quotas(read));
  }

  private static TenantQuotas quotas(Dispatcher read) {
    SortedMap<TenantId, RequestQuota> own = new TreeMap<>();
    if (read.tenantQuotas() != null) {
      read.tenantQuotas()
          .forEach((name, quota) -> own.put(tenant("tenant_quotas", name), QuotaJson.read(quota)));
    }
    return new TenantQuotas(QuotaJson.read(read.tenantQuota()), own);
  }

  /** The user_config of SharedMemory. */
  public static PlacementConfig placement(String json) {
    Placement read = Json.read(json, Placement.class);
    return new PlacementConfig(
        PlacementConfig.MAX_MOVES_PER_SECOND.or(read.maxMovesPerSecond()),
        PlacementConfig.RECONCILE_MS.or(read.reconcileMs()),
        PlacementConfig.LOAD_TIMEOUT_MS.or(read.loadTimeoutMs()),
        PlacementConfig.ACKNOWLEDGE_MS.or(read.acknowledgeMs()),
        PlacementConfig.KNOWN_TENANTS.or(read.knownTenants()),
        PlacementConfig.METRICS_TENANTS.or(read.metricsTenants()),
        policy(read));
  }

  private static PolicyConfig policy(Placement read) {
    if (read.halfLifeS() != null && read.halfLifeS() == PolicyConfig.CHOSEN) {
      throw new IllegalArgumentException(
          "key 'half_life_s': 0 is not in "
              + PolicyConfig.HALF_LIFE_S.values()
              + "; leave it out to have it chosen");
    }
    return new PolicyConfig(
        PolicyConfig.HALF_LIFE_S.or(read.halfLifeS()),
        PolicyConfig.ADMISSION_MARGIN.or(read.admissionMargin()),
        PolicyConfig.ADMISSION_DEVIATIONS.or(read.admissionDeviations()),
        PolicyConfig.OVERFLOW_COST_MS.or(read.overflowCostMs()));
  }
}
