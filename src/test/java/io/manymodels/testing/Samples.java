package io.manymodels.testing;

import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.HotReport.Held;
import io.manymodels.holding.HotReport.Refused;
import io.manymodels.holding.LoadingReport;
import io.manymodels.holding.Refreshed;
import io.manymodels.holding.VersionWord;
import io.manymodels.holding.VersionWord.Broken;
import io.manymodels.loading.ArtifactTiers;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.HotCapacities;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementDecision.Figures;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.placing.PlacementStatus;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.RememberedTraffic;
import io.manymodels.stats.RememberedTraffic.Mean;
import io.manymodels.stats.RememberedTraffic.Scores;
import io.manymodels.stats.RememberedTraffic.Tenant;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TrafficTotals;
import io.manymodels.stats.Worth;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One value of everything that goes between replicas or to operators, with all its parts. */
public final class Samples {
  public static final Generation GENERATION = new Generation(3, 41);

  private static final HotConfig DECLARED = new HotConfig(tenants(1), 5, 512, Pool.DYNAMIC);

  private static final LoadingReport LOADING =
      new LoadingReport(refreshed(), new ArtifactTiers.Reads(11, 7, 5, 3), 2, true);

  private Samples() {}

  /** A replica that refused a model and its last user_config. */
  public static HotReport report() {
    return new HotReport(
        GENERATION,
        List.of(
            new Held(tenant(1), new ModelVersion(7), GENERATION, new ModelCost(40_000, 2_000)),
            new Held(
                tenant(2), new ModelVersion(1), new Generation(2, 9), new ModelCost(1 << 30, 9))),
        List.of(new Refused(tenant(3), ErrorCode.LOAD_FAILED, "not \"a\" model")),
        DECLARED,
        Optional.of("key 'capacity': 0 is not in 1..100000"),
        LOADING,
        Optional.of(Instant.parse("2030-01-31T11:00:00Z")),
        1234567890123456789L);
  }

  /** A replica that holds nothing and has nothing to complain of. */
  public static HotReport emptyReport() {
    return new HotReport(
        Generation.NONE,
        List.of(),
        List.of(),
        HotConfig.DEFAULT,
        Optional.empty(),
        LoadingReport.NONE,
        Optional.empty(),
        0);
  }

  /** What a registry watcher tells of two models, one of them with a broken entry. */
  public static VersionWord versionWord() {
    return new VersionWord(
        41,
        true,
        new TreeMap<>(Map.of(tenant(1), new ModelVersion(8))),
        List.of(new Broken(tenant(2), ErrorCode.LOAD_FAILED, "tenant02: the file live is empty")));
  }

  /** The answer to it. */
  public static HeldVersions heldVersions() {
    return new HeldVersions(
        42,
        true,
        new TreeMap<>(Map.of(tenant(1), new ModelVersion(7), tenant(2), new ModelVersion(1))),
        tenants(2),
        tenants(3));
  }

  /** One model in each of the states that a refresh can end in. */
  public static List<Refreshed> refreshed() {
    return List.of(
        new Refreshed(
            tenant(1),
            Refreshed.State.LIVE,
            Optional.of(new ModelVersion(8)),
            Optional.empty(),
            ""),
        new Refreshed(
            tenant(2),
            Refreshed.State.REFUSED,
            Optional.of(new ModelVersion(1)),
            Optional.of(ErrorCode.ARTIFACT_CORRUPT),
            "model tenant02/2 is not what was published"),
        new Refreshed(tenant(3), Refreshed.State.GONE, Optional.empty(), Optional.empty(), ""));
  }

  public static PlacementTable table() {
    return PlacementTable.of(
        GENERATION,
        Map.of(
            tenant(1), new Placement("Deployment1", false),
            tenant(2), new Placement("Deployment2", true)));
  }

  public static PlacementState state() {
    return new PlacementState(
        Tenants.mapping(2, "Deployment2"),
        new TreeMap<>(
            Map.of(
                "Deployment1",
                DECLARED,
                "Deployment2",
                new HotConfig(tenants(2), 2, Pool.DEDICATED))));
  }

  /** Two decisions, a place of each kind, and the traffic of one tenant that was measured. */
  public static RememberedPlacement remembered() {
    return new RememberedPlacement(
        2,
        List.of(events().get(1), events().get(0)),
        table().placements(),
        new RememberedTraffic(
            Instant.parse("2030-01-31T12:00:01.25Z"),
            List.of(Duration.ofMillis(500), Duration.ofMinutes(10)),
            1,
            new Scores(List.of(30.0, 41.5), 50.25),
            new Mean(2.5, 45_000, 7),
            List.of(
                new Tenant(tenant(1), List.of(0.25, 120.0), 7, new ModelCost(40_000, 2_000)),
                new Tenant(tenant(4), List.of(0.0, 0.5), 0, new ModelCost(0, 0)))));
  }

  public static List<TenantTraffic> traffic() {
    return List.of(
        new TenantTraffic(
            new ModelRef(tenant(1), new ModelVersion(7)), 10, 0, 0, new ModelCost(40_000, 2_000)),
        new TenantTraffic(
            new ModelRef(tenant(4), new ModelVersion(1)), 0, 3, 1, new ModelCost(50_000, 90_000)));
  }

  /** Two deployments, one of them with a user_config that is refused. */
  public static PlacementStatus status() {
    Map<String, HotConfig> capacities = new LinkedHashMap<>();
    capacities.put("Deployment1", DECLARED);
    capacities.put("Deployment2", new HotConfig(tenants(2), 2, Pool.DEDICATED));
    return new PlacementStatus(
        table(),
        new HotCapacities(capacities),
        new TreeMap<>(Map.of("Deployment2", "tenant 'tenant09' has no model")),
        List.of(
            Map.entry(new ReplicaId("Deployment1", "Deployment1#a"), report()),
            Map.entry(new ReplicaId("Deployment2", "Deployment2#b"), emptyReport())),
        new PlacementStatus.Activity(
            new TrafficTotals(6, 3, 1),
            4,
            Duration.ofSeconds(512),
            3,
            2,
            1,
            Duration.ofMillis(20)));
  }

  /** Latest first: traffic gave the tenant a place, that it was refused before. */
  public static List<PlacementEvent> events() {
    return List.of(
        new PlacementEvent(
            12,
            Instant.parse("2030-01-31T12:00:00Z"),
            GENERATION,
            PlacementEvent.Kind.PROMOTED,
            tenant(1),
            "Deployment1",
            tenants(5),
            "worth more than tenant05",
            Optional.of(new Figures(new Worth(8, 1.5, 40_000), 3, 4.5))),
        new PlacementEvent(
            11,
            Instant.parse("2030-01-31T11:59:59.5Z"),
            new Generation(3, 40),
            PlacementEvent.Kind.REFUSED,
            tenant(1),
            "Deployment1",
            List.of(),
            "nothing may leave",
            Optional.of(new Figures(new Worth(2, 1.5, 40_000), 0, Double.POSITIVE_INFINITY))));
  }

  /** That traffic gave the tenant a place. */
  public static PlacementEvent promoted(long sequence, TenantId tenant) {
    return event(sequence, PlacementEvent.Kind.PROMOTED, tenant);
  }

  /** A decision of this kind, without figures. */
  public static PlacementEvent event(long sequence, PlacementEvent.Kind kind, TenantId tenant) {
    return new PlacementEvent(
        sequence,
        Instant.parse("2030-01-31T12:00:00Z"),
        GENERATION,
        kind,
        tenant,
        "Deployment1",
        List.of(),
        "a place was free",
        Optional.empty());
  }

  /** Of a tenant that traffic placed. */
  public static Explanation explanation() {
    return new Explanation(
        tenant(1),
        Optional.of(new Placement("Deployment1", false)),
        new Worth(8, 1.5, 40_000),
        Duration.ofSeconds(32),
        new Explanation.Outlook("it stays", tenants(5, 6), Optional.of(4.5)),
        Optional.of(events().get(0)),
        events());
  }

  /** Of a tenant that never had a place, and that nothing would give one. */
  public static Explanation unplaced() {
    return new Explanation(
        tenant(4),
        Optional.empty(),
        new Worth(0, 1, 40_000),
        Duration.ZERO,
        new Explanation.Outlook("no place", List.of(), Optional.empty()),
        Optional.empty(),
        List.of());
  }
}
