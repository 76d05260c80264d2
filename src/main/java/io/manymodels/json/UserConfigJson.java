package io.manymodels.json;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.config.OverflowConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.config.PolicyConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
      @Nullable Integer deploymentMapLimit) {}

  private record Placement(
      @Nullable Integer maxMovesPerSecond,
      @Nullable Integer reconcileMs,
      @Nullable Integer loadTimeoutMs,
      @Nullable Integer acknowledgeMs,
      @Nullable Integer knownTenants,
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
        or(read.capacity(), HotConfig.DEFAULT.capacity()),
        or(read.capacityMib(), HotConfig.MAX_CAPACITY_MIB),
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
    OverflowConfig defaults = OverflowConfig.DEFAULT;
    return new OverflowConfig(
        or(read.capacity(), defaults.capacity()),
        or(read.capacityMib(), defaults.capacityMib()),
        or(read.loadThreads(), defaults.loadThreads()),
        or(read.loadQueue(), defaults.loadQueue()));
  }

  /** The user_config of the Dispatcher. */
  public static DispatcherConfig dispatcher(String json) {
    Dispatcher read = Json.read(json, Dispatcher.class);
    DispatcherConfig defaults = DispatcherConfig.DEFAULT;
    return new DispatcherConfig(
        or(read.maxBodyBytes(), defaults.maxBodyBytes()),
        or(read.maxRows(), defaults.maxRows()),
        or(read.maxValues(), defaults.maxValues()),
        or(read.deadlineMs(), defaults.deadlineMs()),
        or(read.attemptTimeoutMs(), defaults.attemptTimeoutMs()),
        or(read.maxInFlight(), defaults.maxInFlight()),
        or(read.maxInFlightPerTenant(), defaults.maxInFlightPerTenant()),
        or(read.deploymentMapLimit(), defaults.deploymentMapLimit()));
  }

  /** The user_config of SharedMemory. */
  public static PlacementConfig placement(String json) {
    Placement read = Json.read(json, Placement.class);
    PlacementConfig defaults = PlacementConfig.DEFAULT;
    return new PlacementConfig(
        or(read.maxMovesPerSecond(), defaults.maxMovesPerSecond()),
        or(read.reconcileMs(), defaults.reconcileMs()),
        or(read.loadTimeoutMs(), defaults.loadTimeoutMs()),
        or(read.acknowledgeMs(), defaults.acknowledgeMs()),
        or(read.knownTenants(), defaults.knownTenants()),
        policy(read, defaults.policy()));
  }

  private static PolicyConfig policy(Placement read, PolicyConfig defaults) {
    if (read.halfLifeS() != null && read.halfLifeS() == 0) {
      throw new IllegalArgumentException(
          "key 'half_life_s': 0 is not in 1..604800; leave it out to have it chosen");
    }
    return new PolicyConfig(
        or(read.halfLifeS(), defaults.halfLifeSeconds()),
        or(read.admissionMargin(), defaults.admissionMargin()),
        or(read.admissionDeviations(), defaults.admissionDeviations()),
        or(read.overflowCostMs(), defaults.overflowCostMs()));
  }

  private static double or(@Nullable Double value, double otherwise) {
    return value == null ? otherwise : value;
  }

  private static int or(@Nullable Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }
}
