package io.manymodels.holding;

import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Reports what the replicas of this process hold, each time what has changed since the report
 * before; everything to a watcher that does not have that one. Thread-safe.
 */
final class HeldReports {
  private static final long FIRST_NUMBERS = 1L << 40;

  private record Entry(ModelVersion version, boolean refused) {}

  private final List<VersionSwitch> switches;
  private Map<TenantId, Entry> reported = Map.of();

  /** By chance, so that no report of a process before on the same name is taken for one of ours. */
  private long number = ThreadLocalRandom.current().nextLong(1, FIRST_NUMBERS);

  HeldReports(List<VersionSwitch> switches) {
    this.switches = List.copyOf(switches);
  }

  /**
   * The next report.
   *
   * @param known number of the report that the watcher has
   */
  synchronized HeldVersions next(long known) {
    boolean whole = known != number;
    Map<TenantId, Entry> before = whole ? Map.of() : reported;
    Map<TenantId, Entry> now = now();
    SortedMap<TenantId, ModelVersion> changed = new TreeMap<>();
    List<TenantId> refused = new ArrayList<>();
    now.forEach(
        (tenant, entry) -> {
          if (!entry.equals(before.get(tenant))) {
            changed.put(tenant, entry.version());
            if (entry.refused()) {
              refused.add(tenant);
            }
          }
        });
    List<TenantId> dropped =
        before.keySet().stream().filter(tenant -> !now.containsKey(tenant)).sorted().toList();
    reported = now;
    if (whole || !changed.isEmpty() || !dropped.isEmpty()) {
      number++;
    }
    return new HeldVersions(number, whole, changed, refused, dropped);
  }

  /** Where several replicas hold a tenant's model, the oldest version. */
  private Map<TenantId, Entry> now() {
    Map<TenantId, Entry> now = new HashMap<>();
    for (VersionSwitch versions : switches) {
      versions.eachHeld(
          (tenant, version) -> now.merge(tenant, new Entry(version, false), HeldReports::older));
      versions
          .refused()
          .forEach(
              behind ->
                  now.computeIfPresent(
                      behind.tenant(), (tenant, entry) -> new Entry(entry.version(), true)));
    }
    return now;
  }

  private static Entry older(Entry one, Entry other) {
    ModelVersion version =
        one.version().compareTo(other.version()) <= 0 ? one.version() : other.version();
    return new Entry(version, one.refused() || other.refused());
  }
}
