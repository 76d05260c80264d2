package io.manymodels.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Displace;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.stats.TenantWorth;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import io.manymodels.testing.Tenants;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random sequences of traffic and operators' changes against a naive model of placement. */
class PlacementPropertyTest {
  private static final List<String> DEPLOYMENTS =
      List.of("Deployment1", "Deployment2", "Deployment3");
  private static final int TENANTS = 9;

  /** An operation on the table, and on the naive model beside it. */
  private sealed interface Step {
    record Hits(List<TenantId> tenants, int maxMoves) implements Step {}

    record Declare(String deployment, HotConfig config) implements Step {}

    record Pins(SortedMap<TenantId, String> mapping) implements Step {}
  }

  /** The system under test: the table as its owner would carry it on. */
  private static final class Subject {
    private final FakeTicker ticker = new FakeTicker();
    private final TrafficStatistics demand =
        new TrafficStatistics(TrafficStatistics.LADDER, 1_000, 10, ticker);
    private final Admission admission;
    private HotCapacities capacities;
    private PlacementTable table = PlacementTable.EMPTY;

    private Subject(Admission admission) {
      Map<String, HotConfig> configs = new LinkedHashMap<>();
      DEPLOYMENTS.forEach(name -> configs.put(name, HotConfig.DEFAULT));
      capacities = new HotCapacities(configs);
      this.admission = admission;
    }

    private void hit(Step.Hits step) {
      demand.record(step.tenants().stream().map(PlacementPropertyTest::asked).toList());
      ticker.advance(Duration.ofMillis(250));
      PlacementTable before = table;
      Map<TenantId, Placement> placements = new TreeMap<>(table.placements());
      List<PlacementDecision> decisions =
          new PlacementPolicy(admission).decide(table, capacities, demand, step.maxMoves());
      assertThat(decisions)
          .filteredOn(decision -> !TrafficDecisions.target(decision).isEmpty())
          .hasSizeLessThanOrEqualTo(step.maxMoves());
      for (PlacementDecision decision : decisions) {
        String target = TrafficDecisions.target(decision);
        if (!target.isEmpty()) {
          if (decision instanceof Displace displace) {
            displace.victims().forEach(victim -> leave(placements, victim, target));
          }
          assertThat(placements.put(decision.tenant(), new Placement(target, false)))
              .as("%s was not placed before", decision)
              .isNull();
          assertThat(bytes(placements, target))
              .as("bytes in %s after %s", target, decision)
              .isLessThanOrEqualTo(capacities.capacityBytes(target));
        }
      }
      table = PlacementTable.of(table.generation(), placements);
      assertThat(TrafficDecisions.apply(before, decisions, Set.of()).placements())
          .isEqualTo(table.placements());
    }

    private long bytes(Map<TenantId, Placement> placements, String deployment) {
      return placements.entrySet().stream()
          .filter(entry -> entry.getValue().deployment().equals(deployment))
          .mapToLong(entry -> demand.of(entry.getKey()).weightBytes())
          .sum();
    }

    private static void leave(
        Map<TenantId, Placement> placements, TenantId victim, String deployment) {
      assertThat(placements.remove(victim))
          .as("the victim %s", victim)
          .isEqualTo(new Placement(deployment, false));
    }
  }

  /** Where everybody is, done the slow and obvious way. */
  private static final class Naive {
    private final Map<TenantId, String> pins = new TreeMap<>();
    private final Map<String, HotConfig> configs = new TreeMap<>();

    private Naive() {
      DEPLOYMENTS.forEach(name -> configs.put(name, HotConfig.DEFAULT));
    }

    private boolean accepts(SortedMap<TenantId, String> mapping) {
      return mapping.values().stream()
          .allMatch(
              name ->
                  configs.containsKey(name)
                      && Collections.frequency(mapping.values(), name)
                          <= configs.get(name).capacity());
    }

    private void declare(Step.Declare step) {
      configs.put(step.deployment(), step.config());
      pins.values().removeIf(step.deployment()::equals);
      step.config().tenants().forEach(pins::remove);
      if (step.config().pool() == Pool.DEDICATED) {
        step.config().tenants().forEach(tenant -> pins.put(tenant, step.deployment()));
      }
    }
  }

  @Property(tries = 500)
  void everyTableKeepsTheInvariants(@ForAll("steps") List<Step> steps) {
    Subject subject = new Subject(new Admission(0.1, 1));
    Naive naive = new Naive();
    for (Step step : steps) {
      PlacementTable before = subject.table;
      if (step instanceof Step.Hits hits) {
        subject.hit(hits);
        assertThat(subject.table.pins()).as("traffic moves no pin").isEqualTo(before.pins());
      } else if (step instanceof Step.Declare declare) {
        subject.capacities = subject.capacities.with(declare.deployment(), declare.config());
        subject.table =
            PlacementPlanner.declare(
                before, subject.capacities, declare.deployment(), declare.config(), subject.demand);
        naive.declare(declare);
        assertThat(subject.table.tenantsOf(declare.deployment()))
            .containsAll(declare.config().tenants());
      } else if (step instanceof Step.Pins pins) {
        boolean accepted =
            PlacementPlanner.violations(subject.capacities, pins.mapping()).isEmpty();
        assertThat(accepted).isEqualTo(naive.accepts(pins.mapping()));
        if (accepted) {
          subject.table =
              PlacementPlanner.replacePins(
                  before, subject.capacities, pins.mapping(), subject.demand);
          naive.pins.clear();
          naive.pins.putAll(pins.mapping());
        }
      }
      assertInvariants(subject.table, naive, step);
    }
  }

  private static void assertInvariants(PlacementTable table, Naive naive, Step step) {
    assertThat(table.pins()).as("pins after %s", step).isEqualTo(naive.pins);
    for (String deployment : DEPLOYMENTS) {
      HotConfig config = naive.configs.get(deployment);
      assertThat(table.tenantsOf(deployment))
          .as("%s with %s after %s", deployment, config, step)
          .hasSizeLessThanOrEqualTo(config.capacity());
      if (config.pool() == Pool.DEDICATED) {
        assertThat(table.pins().keySet()).containsAll(table.tenantsOf(deployment));
      }
    }
    assertThat(table.placements().values())
        .extracting(Placement::deployment)
        .isSubsetOf(DEPLOYMENTS);
  }

  @Property(tries = 300)
  void withoutMarginsNobodyWithoutAPlaceIsWorthMoreThanWhoHasOne(
      @ForAll("hits") List<TenantId> hits) {
    Subject subject = new Subject(new Admission(0, 0));
    hits.forEach(tenant -> subject.hit(new Step.Hits(List.of(tenant), 100)));
    subject.hit(new Step.Hits(List.of(), 100));
    double least =
        subject.table.placements().keySet().stream()
            .mapToDouble(tenant -> subject.demand.of(tenant).benefit())
            .min()
            .orElse(0);
    assertThat(subject.demand.above(least))
        .extracting(TenantWorth::tenant)
        .allMatch(tenant -> subject.table.placement(tenant).isPresent());
    assertThat(subject.table.placements())
        .hasSize((int) Math.min(hits.stream().distinct().count(), DEPLOYMENTS.size()));
  }

  /** Tenants differ in what their models weigh: 400, 800 or 1,200 KiB. */
  private static TenantTraffic asked(TenantId tenant) {
    long weight = (1 + tenant.value().charAt(tenant.value().length() - 1) % 3) * (400L << 10);
    return Requests.of(tenant, 3, new ModelCost(weight, 2_000));
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Step> traffic =
        Combinators.combine(tenants(0, 5), Arbitraries.integers().between(0, 4)).as(Step.Hits::new);
    Arbitrary<Step> declare = Combinators.combine(deployments(), configs()).as(Step.Declare::new);
    Arbitrary<Step> pins =
        Arbitraries.maps(tenant(), Arbitraries.of("Deployment1", "Deployment2", "Deployment3", "x"))
            .ofMaxSize(5)
            .map(mapping -> new Step.Pins(new TreeMap<>(mapping)));
    return Arbitraries.oneOf(traffic, traffic, declare, pins).list().ofMaxSize(30);
  }

  @Provide
  Arbitrary<List<TenantId>> hits() {
    return tenant().list().ofMaxSize(40);
  }

  private static Arbitrary<TenantId> tenant() {
    return Arbitraries.integers().between(1, TENANTS).map(Tenants::tenant);
  }

  private static Arbitrary<List<TenantId>> tenants(int least, int most) {
    return tenant().list().uniqueElements().ofMinSize(least).ofMaxSize(most);
  }

  private static Arbitrary<String> deployments() {
    return Arbitraries.of(DEPLOYMENTS);
  }

  private static Arbitrary<HotConfig> configs() {
    return Combinators.combine(
            tenants(0, 3),
            Arbitraries.integers().between(1, 4),
            Arbitraries.of(1, 2, HotConfig.MAX_CAPACITY_MIB),
            Arbitraries.of(Pool.class))
        .as(
            (tenants, more, mib, pool) ->
                new HotConfig(tenants, Math.max(tenants.size(), more), mib, pool));
  }
}
