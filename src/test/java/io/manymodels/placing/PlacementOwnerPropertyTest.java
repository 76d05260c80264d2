package io.manymodels.placing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementPlanner;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placing.PlacementHarness.FakeDispatcher;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.Tenants;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Random sequences of what operators, clients and failures do, against the invariants 1 to 4 of the
 * design. {@link PlacementHarness} watches load before route and unroute before unload at every
 * moment; here stands what must hold after every operation, and what once all has come to rest.
 */
class PlacementOwnerPropertyTest {
  private static final List<String> HOT = List.of("Deployment1", "Deployment2", "Deployment3");
  private static final int TENANTS = 8;

  /** One thing that happens. */
  private sealed interface Operation {
    record Hits(List<TenantId> tenants) implements Operation {}

    record ReplacePool(Map<TenantId, String> mapping) implements Operation {}

    record Declare(String deployment, HotConfig config) implements Operation {}

    record RestartReplica(String deployment) implements Operation {}

    record RestartOwner(boolean everythingElseToo) implements Operation {}

    record BreakModel(TenantId tenant) implements Operation {}

    record OneDispatcherPolls(int number) implements Operation {}

    record StoreOutage(boolean away) implements Operation {}

    record RegistryOutage(boolean away) implements Operation {}

    /** What the owner remembers is written down: a later crash goes back to it. */
    record Remember() implements Operation {}

    record GiveSomePlacesBack() implements Operation {}

    record Settle() implements Operation {}
  }

  /** A harness, and what is known of it from outside. */
  private static final class Trial implements AutoCloseable {
    private final PlacementHarness at = new PlacementHarness(HOT.size());
    private final Set<TenantId> broken = new HashSet<>();
    private final Map<String, HotConfig> configs = new HashMap<>();
    private final ReplicaId overflow = at.replicas.startOverflow();
    private final Map<Long, PlacementEvent> read = new HashMap<>();
    private Generation newest = Generation.NONE;
    private long lastRead;
    private boolean registryAway;

    private Trial() {
      at.models.with(Tenants.firstTo(TENANTS));
      for (int i = 0; i < HOT.size(); i++) {
        Pool pool = i == 2 ? Pool.DEDICATED : Pool.DYNAMIC;
        HotConfig config = new HotConfig(Tenants.tenants(i + 1), 2, pool);
        configs.put(HOT.get(i), config);
        at.start(HOT.get(i), config);
      }
      at.start(HOT.get(1), configs.get(HOT.get(1)));
      at.settled();
      remember();
    }

    private void run(Operation operation) {
      SortedMap<TenantId, String> pins = at.owner.table().pins();
      if (operation instanceof Operation.Hits hits) {
        PlacementHarness.hit(at.owner, hits.tenants());
        assertThat(at.owner.table().pins()).as("traffic moves no pin").isEqualTo(pins);
      } else if (operation instanceof Operation.ReplacePool pool) {
        replacePool(new TreeMap<>(pool.mapping()));
      } else if (operation instanceof Operation.Declare declare) {
        configs.put(declare.deployment(), declare.config());
        at.replicas.reconfigure(declare.deployment(), declare.config());
        reconcile();
      } else if (operation instanceof Operation.RestartReplica restart) {
        at.restart(restart.deployment());
      } else if (operation instanceof Operation.RestartOwner restart) {
        restartOwner(restart.everythingElseToo());
      } else if (operation instanceof Operation.BreakModel broke) {
        broken.add(broke.tenant());
        at.models.breakModel(broke.tenant(), new ServingException(ErrorCode.LOAD_FAILED, "broken"));
      } else if (operation instanceof Operation.OneDispatcherPolls poll) {
        at.dispatchers.get(poll.number()).poll();
        at.owner.unloadDeparted();
      } else if (operation instanceof Operation.StoreOutage outage) {
        at.store.away(outage.away());
      } else if (operation instanceof Operation.RegistryOutage outage) {
        registryAway(outage.away());
      } else if (operation instanceof Operation.Remember) {
        remember();
      } else if (operation instanceof Operation.GiveSomePlacesBack) {
        at.owner.restore();
        assertThat(at.owner.table().pins()).as("no pin is moved").isEqualTo(pins);
      } else {
        settle();
      }
    }

    private void registryAway(boolean away) {
      registryAway = away;
      at.models.registryAway(away);
    }

    /** Also when the registry goes away at once. A restart of the owner only finds what is left. */
    private void assertTheDisplacedAreServed(Operation operation, PlacementTable before) {
      if (operation instanceof Operation.RestartOwner) {
        return;
      }
      at.models.registryAway(true);
      for (TenantId tenant : PlacementPlanner.departures(before, at.owner.table())) {
        if (!broken.contains(tenant)) {
          assertThat(at.replicas.overflow(overflow).answer(Tenants.request(tenant)))
              .as("%s after %s", tenant, operation)
              .isInstanceOf(Predicted.class);
        }
      }
      at.models.registryAway(registryAway);
    }

    private void remember() {
      try {
        assertThat(at.remember()).isTrue();
      } catch (ServingException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
      }
    }

    private void replacePool(SortedMap<TenantId, String> mapping) {
      PlacementTable before = at.owner.table();
      try {
        assertThat(at.replacePool(mapping)).isEqualTo(at.owner.table().generation());
        assertThat(at.owner.table().pins()).isEqualTo(mapping);
        assertThat(at.store.read().pins()).as("durable when answered").isEqualTo(mapping);
      } catch (ServingException e) {
        assertThat(at.owner.table()).as("%s changes nothing", e.code()).isSameAs(before);
      }
    }

    private void reconcile() {
      try {
        at.owner.reconcile();
      } catch (ServingException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
      }
    }

    private void restartOwner(boolean everythingElseToo) {
      at.store.away(false);
      PlacementTable before = at.owner.table();
      PlacementOwner older = at.owner;
      if (everythingElseToo) {
        HOT.forEach(at::restart);
      }
      at.newOwner();
      at.owner.recover();
      assertThat(at.owner.table().pins()).as("no pin is lost").isEqualTo(before.pins());
      assertNobodyIsForgotten();
      assertOlderIsNotObeyed(older);
    }

    /** Whoever is remembered with a place has it, is to have it again, or is told why not. */
    private void assertNobodyIsForgotten() {
      Set<TenantId> remembered =
          at.store.remembered().map(placement -> placement.places().keySet()).orElse(Set.of());
      Set<TenantId> known = new HashSet<>(at.owner.table().placements().keySet());
      known.addAll(at.owner.remembered().places().keySet());
      assertThat(known).containsAll(remembered);
    }

    /** What a reader gets that goes on where it stopped, over all restarts. */
    private void readOn() {
      for (PlacementEvent event : at.owner.history().after(lastRead, Integer.MAX_VALUE)) {
        assertThat(read.put(event.sequence(), event)).as("%s is read twice", event).isNull();
        lastRead = event.sequence();
      }
      assertThat(at.owner.history().all())
          .as("nothing is missed")
          .allMatch(event -> event.equals(read.get(event.sequence())));
      assertThat(at.owner.history().numberedSince()).isEqualTo(1);
    }

    private void assertOlderIsNotObeyed(PlacementOwner older) {
      PlacementTable table = older.table();
      try {
        PlacementHarness.hit(older, Tenants.firstTo(TENANTS));
        older.reconcile();
        throw new AssertionError("the older owner goes on");
      } catch (DeposedException expected) {
        assertThat(older.table()).isSameAs(table);
        assertThat(at.store.read().pins()).isEqualTo(at.owner.table().pins());
      }
    }

    private void settle() {
      at.store.away(false);
      registryAway(false);
      at.settle();
      PlacementTable table = at.owner.table();
      for (String deployment : HOT) {
        for (ReplicaId replica : at.replicas.replicas(deployment)) {
          Set<TenantId> missing = new HashSet<>(table.tenantsOf(deployment));
          missing.removeAll(at.replicas.tenants(replica));
          missing.removeAll(broken);
          assertThat(missing).as("not loaded in %s", replica).isEmpty();
          assertThat(table.tenantsOf(deployment))
              .as("nothing more in %s", replica)
              .containsAll(at.replicas.tenants(replica));
        }
      }
    }

    private void assertInvariants() {
      PlacementTable table = at.owner.table();
      readOn();
      assertThat(newest.newerThan(table.generation())).isFalse();
      newest = table.generation();
      for (String deployment : HOT) {
        assertThat(table.tenantsOf(deployment))
            .as("in %s", deployment)
            .hasSizeLessThanOrEqualTo(at.owner.capacities().capacity(deployment));
        if (!at.owner.capacities().dynamic(deployment)) {
          assertThat(table.pins().keySet()).containsAll(table.tenantsOf(deployment));
        }
      }
      assertThat(table.placements().values()).extracting(Placement::deployment).isSubsetOf(HOT);
      for (FakeDispatcher dispatcher : at.dispatchers) {
        for (TenantId tenant : Tenants.firstTo(TENANTS)) {
          at.assertAnsweredByItsOwnModelOrNotHere(tenant, dispatcher);
        }
      }
    }

    @Override
    public void close() {
      at.close();
    }
  }

  @Property(tries = 150, edgeCases = EdgeCasesMode.NONE)
  void theInvariantsHold(@ForAll("operations") List<Operation> operations) {
    try (Trial trial = new Trial()) {
      for (Operation operation : operations) {
        PlacementTable before = trial.at.owner.table();
        trial.run(operation);
        trial.assertTheDisplacedAreServed(operation, before);
        trial.assertInvariants();
      }
      trial.run(new Operation.Settle());
      trial.assertInvariants();
    }
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<TenantId> tenant = Arbitraries.integers().between(1, TENANTS).map(Tenants::tenant);
    Arbitrary<String> deployment = Arbitraries.of(HOT);
    Arbitrary<List<TenantId>> two = tenant.list().uniqueElements().ofMaxSize(2);
    Arbitrary<Operation> hits = tenant.list().ofMinSize(1).ofMaxSize(6).map(Operation.Hits::new);
    Arbitrary<Operation> pool =
        Arbitraries.maps(
                Arbitraries.integers().between(1, TENANTS + 1).map(Tenants::tenant),
                Arbitraries.of("Deployment1", "Deployment2", "Deployment3", "Deployment4"))
            .ofMaxSize(3)
            .map(Operation.ReplacePool::new);
    Arbitrary<Operation> declare =
        Combinators.combine(
                deployment, two, Arbitraries.integers().between(1, 3), Arbitraries.of(Pool.class))
            .as(
                (name, tenants, capacity, kind) ->
                    new Operation.Declare(
                        name, new HotConfig(tenants, Math.max(tenants.size(), capacity), kind)));
    return Arbitraries.frequencyOf(
            Tuple.of(6, hits),
            Tuple.of(3, pool),
            Tuple.of(2, declare),
            Tuple.of(2, deployment.map(Operation.RestartReplica::new)),
            Tuple.of(2, Arbitraries.of(true, false).map(Operation.RestartOwner::new)),
            Tuple.of(3, Arbitraries.just(new Operation.Remember())),
            Tuple.of(2, Arbitraries.just(new Operation.GiveSomePlacesBack())),
            Tuple.of(1, tenant.map(Operation.BreakModel::new)),
            Tuple.of(3, Arbitraries.of(0, 1).map(Operation.OneDispatcherPolls::new)),
            Tuple.of(1, Arbitraries.of(true, false).map(Operation.StoreOutage::new)),
            Tuple.of(1, Arbitraries.of(true, false).map(Operation.RegistryOutage::new)),
            Tuple.of(3, Arbitraries.just(new Operation.Settle())))
        .list()
        .ofMinSize(5)
        .ofMaxSize(20);
  }
}
