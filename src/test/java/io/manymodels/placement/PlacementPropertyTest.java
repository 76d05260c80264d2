package io.manymodels.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Promote;
import io.manymodels.testing.Tenants;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /** What is done to the table, and to the naive model beside it. */
  private sealed interface Step {
    record Hits(List<TenantId> tenants, int maxMoves) implements Step {}

    record Declare(String deployment, HotConfig config) implements Step {}

    record Pins(SortedMap<TenantId, String> mapping) implements Step {}
  }

  /** The system under test: the table as its owner would carry it on. */
  private static final class Subject {
    private final LastHits hits = new LastHits(1_000);
    private HotCapacities capacities;
    private PlacementTable table = PlacementTable.EMPTY;

    private Subject() {
      Map<String, HotConfig> configs = new LinkedHashMap<>();
      DEPLOYMENTS.forEach(name -> configs.put(name, HotConfig.DEFAULT));
      capacities = new HotCapacities(configs);
    }

    private void hit(Step.Hits step) {
      hits.record(step.tenants());
      List<TenantId> latestFirst = new ArrayList<>(step.tenants());
      Collections.reverse(latestFirst);
      Map<TenantId, Placement> placements = new TreeMap<>(table.placements());
      List<PlacementDecision> decisions =
          new LruPolicy().decide(table, capacities, hits, latestFirst, step.maxMoves());
      assertThat(decisions)
          .filteredOn(Promote.class::isInstance)
          .hasSizeLessThanOrEqualTo(step.maxMoves());
      for (PlacementDecision decision : decisions) {
        if (decision instanceof Promote promote) {
          promote.victim().ifPresent(victim -> leave(placements, victim, promote.deployment()));
          assertThat(placements.put(promote.tenant(), new Placement(promote.deployment(), false)))
              .as("%s was not placed before", promote)
              .isNull();
        }
      }
      table = PlacementTable.of(table.generation(), placements);
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
    Subject subject = new Subject();
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
                before, subject.capacities, declare.deployment(), declare.config(), subject.hits);
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
                  before, subject.capacities, pins.mapping(), subject.hits);
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
  void unlimitedTrafficLeavesTheLatestInTheDynamicPool(@ForAll("hits") List<TenantId> hits) {
    Subject subject = new Subject();
    hits.forEach(tenant -> subject.hit(new Step.Hits(List.of(tenant), 100)));
    List<TenantId> latest = new ArrayList<>(hits);
    Collections.reverse(latest);
    assertThat(subject.table.placements().keySet())
        .containsExactlyInAnyOrderElementsOf(
            latest.stream().distinct().limit(DEPLOYMENTS.size()).toList());
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
            tenants(0, 3), Arbitraries.integers().between(1, 3), Arbitraries.of(Pool.class))
        .as((tenants, more, pool) -> new HotConfig(tenants, Math.max(tenants.size(), more), pool));
  }
}
