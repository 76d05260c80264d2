package io.manymodels.placing;

import io.manymodels.config.HotConfig;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.HotReport.Held;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All hot replicas as SharedMemory sees them: the last report of each, and commands to several at
 * once, see {@link ReplicaCommands}. Thread-confined.
 */
final class HotFleet {
  private static final Duration STATUS_DEADLINE = Duration.ofSeconds(2);

  private final ReplicaDirectory directory;
  private final HotReplicas hot;
  private final List<String> deployments;
  private final Ticker ticker;
  private final ReplicaCommands commands;
  private final Map<ReplicaId, HotReport> reports = new HashMap<>();
  private final VersionSwitches switches = new VersionSwitches();

  HotFleet(
      ReplicaDirectory directory,
      HotReplicas hot,
      List<String> deployments,
      ReplicaCommands commands,
      Ticker ticker) {
    this.directory = directory;
    this.hot = hot;
    this.deployments = deployments;
    this.commands = commands;
    this.ticker = ticker;
  }

  /**
   * Asks every replica for a report whose digest is not that of the report it gave last, and to
   * obey no command older than {@code stamp} any more; one that does not answer has no report.
   */
  void refresh(Generation stamp) {
    Deadline deadline = Deadline.after(STATUS_DEADLINE, ticker);
    List<ReplicaId> replicas = new ArrayList<>();
    deployments.forEach(name -> replicas.addAll(commands.commandable(name)));
    reports.keySet().retainAll(Set.copyOf(replicas));
    commands.forgetGone();
    Map<ReplicaId, Function<ReplicaId, HotReport>> sent = new HashMap<>();
    replicas.stream()
        .filter(replica -> !upToDate(replica))
        .forEach(replica -> sent.put(replica, r -> hot.status(r, stamp, deadline)));
    sendAll(sent, deadline);
  }

  private boolean upToDate(ReplicaId replica) {
    @Nullable HotReport report = reports.get(replica);
    OptionalLong told = hot.digest(replica);
    return report != null
        && report.digest() != 0
        && told.isPresent()
        && told.getAsLong() == report.digest();
  }

  /** Those of these deployments that have a replica and whose replicas all answered last time. */
  Set<String> reachable(Collection<String> names) {
    Set<String> reachable = new LinkedHashSet<>();
    for (String name : names) {
      List<ReplicaId> replicas = directory.replicas(name);
      if (!replicas.isEmpty() && reports.keySet().containsAll(replicas)) {
        reachable.add(name);
      }
    }
    return reachable;
  }

  /** The configuration of a deployment on which all its replicas agree; empty until they do. */
  Optional<HotConfig> declared(String deployment) {
    List<HotConfig> configs =
        known(deployment).values().stream().map(HotReport::config).distinct().toList();
    return configs.size() == 1 ? Optional.of(configs.get(0)) : Optional.empty();
  }

  /** The tenants whose model every replica of the deployment holds, the latest loaded first. */
  List<TenantId> heldByAll(String deployment) {
    Collection<HotReport> known = known(deployment).values();
    return known.stream()
        .flatMap(report -> report.held().stream())
        .sorted(Comparator.comparing(Held::since).reversed().thenComparing(Held::tenant))
        .map(Held::tenant)
        .distinct()
        .filter(tenant -> known.stream().allMatch(report -> report.holds(tenant)))
        .toList();
  }

  private Map<ReplicaId, HotReport> known(String deployment) {
    Map<ReplicaId, HotReport> known = new HashMap<>();
    for (ReplicaId replica : directory.replicas(deployment)) {
      @Nullable HotReport report = reports.get(replica);
      if (report != null) {
        known.put(replica, report);
      }
    }
    return known;
  }

  /** The last report of every replica, in the order of names. */
  List<Map.Entry<ReplicaId, HotReport>> reports() {
    return reports.entrySet().stream()
        .sorted(Comparator.comparing(entry -> entry.getKey().name()))
        .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
        .toList();
  }

  /**
   * Loads tenants in deployments, on all their replicas.
   *
   * @return why, for every tenant that is not loaded on all replicas of its deployment at the end
   */
  SortedMap<TenantId, LoadFailure> load(
      Map<String, List<TenantId>> arrivals, Generation stamp, Deadline deadline) {
    Map<ReplicaId, Function<ReplicaId, HotReport>> sent = new HashMap<>();
    arrivals.forEach(
        (deployment, tenants) -> {
          for (ReplicaId replica : commands.commandable(deployment)) {
            sent.put(replica, r -> hot.load(r, tenants, stamp, deadline));
          }
        });
    Map<ReplicaId, HotReport> answers = sendAll(sent, deadline);
    SortedMap<TenantId, LoadFailure> failures = new TreeMap<>();
    arrivals.forEach(
        (deployment, tenants) -> {
          List<ReplicaId> replicas = directory.replicas(deployment);
          for (TenantId tenant : tenants) {
            failure(deployment, replicas, tenant, answers)
                .ifPresent(why -> failures.put(tenant, why));
          }
        });
    return failures;
  }

  private static Optional<LoadFailure> failure(
      String deployment,
      List<ReplicaId> replicas,
      TenantId tenant,
      Map<ReplicaId, HotReport> answers) {
    if (replicas.isEmpty()) {
      return Optional.of(LoadFailure.noReplica("no replica of " + deployment + " is alive"));
    }
    for (ReplicaId replica : replicas) {
      @Nullable HotReport answer = answers.get(replica);
      if (answer == null) {
        return Optional.of(
            LoadFailure.noReplica("a replica of " + deployment + " does not answer"));
      }
      if (!answer.holds(tenant)) {
        return answer.refused().stream()
            .filter(refused -> refused.tenant().equals(tenant))
            .map(refused -> new LoadFailure(refused.code(), refused.detail()))
            .findFirst()
            .or(
                () ->
                    Optional.of(
                        LoadFailure.noReplica(
                            deployment + " did not load tenant '" + tenant + "' in time")));
      }
    }
    return Optional.empty();
  }

  /**
   * Has every replica load what the table places there and it does not hold.
   *
   * @return the tenants that have no model in the registry
   */
  Set<TenantId> loadMissing(PlacementTable table, Generation stamp, Deadline deadline) {
    Map<ReplicaId, Function<ReplicaId, HotReport>> sent = new HashMap<>();
    for (String deployment : deployments) {
      Set<TenantId> wanted = table.tenantsOf(deployment);
      known(deployment)
          .forEach(
              (replica, report) -> {
                List<TenantId> missing = wanted.stream().filter(t -> !report.holds(t)).toList();
                if (!missing.isEmpty()) {
                  sent.put(replica, r -> hot.load(r, missing, stamp, deadline));
                }
              });
    }
    return sendAll(sent, deadline).values().stream()
        .flatMap(report -> report.refused().stream())
        .filter(refused -> refused.code() == ErrorCode.MODEL_NOT_FOUND)
        .map(HotReport.Refused::tenant)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Whether a replica of the deployment holds the tenant's model. */
  boolean heldByAny(String deployment, TenantId tenant) {
    return known(deployment).values().stream().anyMatch(report -> report.holds(tenant));
  }

  /** The weight of the models of these tenants, in bytes, in the replica where it is greatest. */
  long heldBytes(String deployment, Set<TenantId> tenants) {
    return known(deployment).values().stream()
        .mapToLong(
            report ->
                report.held().stream()
                    .filter(held -> tenants.contains(held.tenant()))
                    .mapToLong(held -> held.cost().weightBytes())
                    .sum())
        .max()
        .orElse(0);
  }

  /** Tells what was measured of the models in deployments whose capacity is in bytes. */
  void weigh(HotCapacities capacities, TrafficStatistics statistics) {
    for (String deployment : deployments) {
      if (capacities.boundedInBytes(deployment)) {
        for (HotReport report : known(deployment).values()) {
          for (Held held : report.held()) {
            statistics.weigh(new ModelRef(held.tenant(), held.version()), held.cost());
          }
        }
      }
    }
  }

  /** The latest term that any replica has obeyed, as far as known. */
  long latestTerm() {
    return reports.values().stream().mapToLong(report -> report.obeyed().term()).max().orElse(0);
  }

  /** Whether a replica of the deployment holds a model that is not wanted there. */
  boolean holdsExtra(String deployment, Predicate<TenantId> wanted) {
    return known(deployment).values().stream()
        .flatMap(report -> report.held().stream())
        .anyMatch(held -> !wanted.test(held.tenant()));
  }

  /** Has every replica of the deployment unload what it holds and should not. */
  void unloadExtra(String deployment, Set<TenantId> wanted, Generation stamp, Deadline deadline) {
    Map<ReplicaId, Function<ReplicaId, HotReport>> sent = new HashMap<>();
    known(deployment)
        .forEach(
            (replica, report) -> {
              SortedSet<TenantId> extra = extra(report, wanted);
              if (!extra.isEmpty()) {
                sent.put(replica, r -> hot.unload(r, extra, stamp, deadline));
              }
            });
    sendAll(sent, deadline);
  }

  private static SortedSet<TenantId> extra(HotReport report, Set<TenantId> wanted) {
    return report.held().stream()
        .map(Held::tenant)
        .filter(tenant -> !wanted.contains(tenant))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The switches of versions that reports have told of since the last call. */
  List<VersionSwitches.VersionSwitched> switched() {
    return switches.drain();
  }

  private Map<ReplicaId, HotReport> sendAll(
      Map<ReplicaId, Function<ReplicaId, HotReport>> sent, Deadline deadline) {
    Map<ReplicaId, HotReport> before = new HashMap<>(reports);
    reports.keySet().removeAll(sent.keySet());
    Map<ReplicaId, HotReport> arrived = commands.send(sent, deadline);
    reports.putAll(arrived);
    switches.compare(before, arrived);
    return arrived;
  }
}
