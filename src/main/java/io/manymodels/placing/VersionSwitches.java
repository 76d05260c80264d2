package io.manymodels.placing;

import io.manymodels.holding.HotReport;
import io.manymodels.holding.HotReport.Held;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the switches of versions in the reports of hot replicas. Of the replicas of a deployment
 * the first one that has switched counts. Thread-confined.
 */
final class VersionSwitches {
  /** The tenants whose last switch is known, so that the other replicas' are no news. */
  private static final int MAX_KNOWN = 10_000;

  private final Map<TenantId, ModelVersion> last = new LinkedHashMap<>();

  private final List<VersionSwitched> found = new ArrayList<>();

  /** A hot deployment answers with another version than before. */
  record VersionSwitched(
      TenantId tenant, String deployment, ModelVersion before, ModelVersion now) {}

  /** Compares the reports that came with those that the same replicas gave before. */
  void compare(Map<ReplicaId, HotReport> before, Map<ReplicaId, HotReport> now) {
    now.forEach(
        (replica, report) -> {
          @Nullable HotReport earlier = before.get(replica);
          if (earlier != null) {
            compare(replica.deployment(), earlier, report);
          }
        });
  }

  private void compare(String deployment, HotReport before, HotReport now) {
    for (Held held : now.held()) {
      @Nullable Held earlier = before.find(held.tenant()).orElse(null);
      if (earlier != null
          && !earlier.version().equals(held.version())
          && !held.version().equals(last.put(held.tenant(), held.version()))) {
        found.add(
            new VersionSwitched(held.tenant(), deployment, earlier.version(), held.version()));
      }
    }
    while (last.size() > MAX_KNOWN) {
      last.remove(last.keySet().iterator().next());
    }
  }

  /** What was found since the last call, in that order. */
  List<VersionSwitched> drain() {
    List<VersionSwitched> drained = List.copyOf(found);
    found.clear();
    return drained;
  }
}
