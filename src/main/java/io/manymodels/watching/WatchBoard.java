package io.manymodels.watching;

import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.VersionWord;
import io.manymodels.holding.VersionWord.Broken;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import io.manymodels.routing.ReplicaId;
import io.manymodels.watching.WatchedReplica.Holding;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the replicas reported, what the registry said of it, and what each replica must be told.
 * Never blocks for long; thread-safe.
 */
final class WatchBoard {
  private static final class Tenant {
    private final Set<ReplicaId> holders = new HashSet<>();
    private Told told = Told.NO_MODEL;
  }

  private final Map<ReplicaId, WatchedReplica> replicas = new HashMap<>();
  private final Map<TenantId, Tenant> tenants = new HashMap<>();

  /** Those that the registry has not been asked for since they were reported as they are. */
  private final Set<TenantId> fresh = new TreeSet<>();

  /** The tenants whose models are held. */
  synchronized Set<TenantId> held() {
    return Set.copyOf(tenants.keySet());
  }

  /** Those of them that are to be asked for before the next look at all. */
  synchronized Set<TenantId> fresh() {
    return Set.copyOf(fresh);
  }

  synchronized boolean hasFresh() {
    return !fresh.isEmpty();
  }

  /** Forgets all replicas but these. */
  synchronized void retain(Collection<ReplicaId> there) {
    for (ReplicaId gone : List.copyOf(replicas.keySet())) {
      if (!there.contains(gone)) {
        List.copyOf(replica(gone).tenants()).forEach(tenant -> drop(gone, tenant));
        replicas.remove(gone);
      }
    }
  }

  private WatchedReplica replica(ReplicaId id) {
    return replicas.computeIfAbsent(id, same -> new WatchedReplica());
  }

  /**
   * The word for a replica.
   *
   * @param looking whether the registry is looked at, and answers
   */
  synchronized VersionWord word(ReplicaId id, boolean looking) {
    WatchedReplica replica = replica(id);
    return replica.word(
        looking && replica.hasReported() && Collections.disjoint(fresh, replica.tenants()));
  }

  /** Whether the replica has to be told something before its turn. */
  synchronized boolean hasNews(ReplicaId id) {
    @Nullable WatchedReplica replica = replicas.get(id);
    return replica != null && replica.hasNews();
  }

  /** Takes a replica's answer to a word. */
  synchronized void answered(ReplicaId id, VersionWord word, HeldVersions report) {
    @Nullable WatchedReplica replica = replicas.get(id);
    if (replica == null) {
      return;
    }
    replica.arrived(word);
    replica.departed(report).forEach(tenant -> drop(id, tenant));
    Set<TenantId> refused = Set.copyOf(report.refused());
    report
        .held()
        .forEach(
            (tenant, version) ->
                hold(id, replica, tenant, new Holding(version, refused.contains(tenant))));
    replica.reported(report.number());
  }

  private void drop(ReplicaId id, TenantId tenant) {
    replica(id).drop(tenant);
    @Nullable Tenant watched = tenants.get(tenant);
    if (watched != null) {
      watched.holders.remove(id);
      if (watched.holders.isEmpty()) {
        tenants.remove(tenant);
        fresh.remove(tenant);
      }
    }
  }

  private void hold(ReplicaId id, WatchedReplica replica, TenantId tenant, Holding holding) {
    @Nullable Holding before = replica.held(tenant);
    replica.hold(tenant, holding);
    @Nullable Tenant watched = tenants.get(tenant);
    if (watched == null) {
      watched = new Tenant();
      tenants.put(tenant, watched);
      fresh.add(tenant);
    } else if (isNews(before, holding) && !watched.told.equals(Told.live(holding.version()))) {
      // The replica asked the registry itself, and may have done so after our look.
      fresh.add(tenant);
    }
    watched.holders.add(id);
    if (!fresh.contains(tenant)) {
      replica.compare(tenant, watched.told);
    }
  }

  private static boolean isNews(@Nullable Holding before, Holding holding) {
    return before == null || !before.version().equals(holding.version());
  }

  /**
   * Takes a part of what the registry told.
   *
   * @return whether a replica has to be told something
   */
  synchronized boolean take(LiveVersions part) {
    part.versions().forEach((tenant, version) -> note(tenant, Told.live(version)));
    part.broken().forEach((tenant, why) -> note(tenant, Told.broken(Broken.of(tenant, why))));
    return replicas.values().stream().anyMatch(WatchedReplica::hasNews);
  }

  /** Takes that the registry has no model of these tenants. */
  synchronized void absent(Collection<TenantId> missing) {
    missing.forEach(tenant -> note(tenant, Told.NO_MODEL));
  }

  private void note(TenantId tenant, Told told) {
    @Nullable Tenant watched = tenants.get(tenant);
    if (watched == null) {
      return;
    }
    if (fresh.remove(tenant) || !told.equals(watched.told)) {
      watched.told = told;
      watched.holders.forEach(id -> replica(id).compare(tenant, told));
    }
  }

  /** How many replicas have reported what they hold. */
  synchronized int reported() {
    return (int) replicas.values().stream().filter(WatchedReplica::hasReported).count();
  }
}
