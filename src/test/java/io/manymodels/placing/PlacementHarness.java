package io.manymodels.placing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.FakeReplicas;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import io.manymodels.testing.Tenants;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * A placement owner in time that stands still, with a fleet in memory, a store that may be away,
 * and Dispatchers that take tables when a test says so. It watches what must hold at every moment:
 *
 * <ul>
 *   <li>a Dispatcher that takes a table finds every newly placed tenant loaded, unless the
 *       deployment was restarted since it was last settled;
 *   <li>nothing is unloaded where a Dispatcher still routes to;
 *   <li>tables get newer and never older.
 * </ul>
 */
final class PlacementHarness implements AutoCloseable {
  /** Routes by the last table it took. */
  final class FakeDispatcher {
    private final String name;
    private PlacementTable table = PlacementTable.EMPTY;

    private FakeDispatcher(String name) {
      this.name = name;
    }

    /** Acknowledges the table it routes by, and takes a newer one if there is one. */
    void poll() {
      // Where there is nothing newer the poll would wait: an interrupt ends it at once.
      Thread.currentThread().interrupt();
      Optional<PlacementTable> newer;
      try {
        newer = board.awaitNewer(name, table.generation());
      } catch (InterruptedException e) {
        newer = Optional.empty();
      } finally {
        Thread.interrupted();
      }
      newer.ifPresent(this::take);
    }

    private void take(PlacementTable next) {
      assertThat(next.generation().newerThan(table.generation())).isTrue();
      next.placements()
          .forEach(
              (tenant, placement) -> {
                if (!table.places(tenant, placement.deployment())
                    && !disturbed.contains(placement.deployment())) {
                  assertThat(replicas.held(placement.deployment(), tenant))
                      .as("%s is loaded in %s before %s routes to it", tenant, placement, name)
                      .isTrue();
                }
              });
      table = next;
    }

    PlacementTable table() {
      return table;
    }
  }

  final FakeTicker ticker = new FakeTicker();
  final FakeModels models = new FakeModels();
  final FakeReplicas replicas = new FakeReplicas(models, ticker);
  final UnreliablePlacementStore store = new UnreliablePlacementStore();
  final ApplicationConfig application;
  final List<FakeDispatcher> dispatchers = new ArrayList<>();
  private final Set<String> disturbed = new HashSet<>();
  private final List<ReplicaCommands> allCommands = new ArrayList<>();
  private final List<String> tooEarly = new ArrayList<>();

  TableBoard board;
  HotFleet fleet;
  PlacementOwner owner;

  PlacementHarness(int deployments) {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= deployments; i++) {
      names.add("Deployment" + i);
    }
    application =
        new ApplicationConfig("many-models", names, "Deploymentx", "SharedMemory", "Dispatcher");
    replicas.beforeUnload(this::watchUnload);
    dispatchers.add(new FakeDispatcher("one"));
    dispatchers.add(new FakeDispatcher("two"));
    newOwner();
  }

  private void watchUnload(ReplicaId replica, Collection<TenantId> tenants) {
    for (FakeDispatcher dispatcher : dispatchers) {
      for (TenantId tenant : tenants) {
        if (dispatcher.table.places(tenant, replica.deployment())) {
          tooEarly.add(dispatcher.name + " still routes " + tenant + " to " + replica);
        }
      }
    }
  }

  void start(String deployment, HotConfig config) {
    assertThat(replicas.start(deployment, config)).isNotNull();
  }

  /** Replaces the owner by a new one that knows nothing yet, as a restart of SharedMemory does. */
  void newOwner() {
    board = new TableBoard(Set::of, ticker);
    ReplicaCommands commands = new ReplicaCommands(replicas, ticker);
    allCommands.add(commands);
    fleet = new HotFleet(replicas, replicas, application.hot(), commands, ticker);
    Handover handover = new Handover(commands, replicas, application.overflow());
    owner =
        new PlacementOwner(
            application,
            fleet,
            handover,
            store,
            board,
            models::hasModel,
            PlacementConfig.DEFAULT,
            ticker);
  }

  /** A first owner that has taken over and brought the declared tenants to their deployments. */
  PlacementHarness settled() {
    owner.recover();
    settle();
    return this;
  }

  /** As {@link PlacementLoop} does from time to time; false when a later owner has taken over. */
  boolean remember() {
    return store.remember(owner.table().generation().term(), owner.remembered());
  }

  /** Kills everything, and starts it again with an owner that has just taken over. */
  void restartEverything() {
    application.hot().forEach(this::restart);
    newOwner();
    owner.recover();
  }

  void restart(String deployment) {
    disturbed.add(deployment);
    replicas.restart(deployment);
  }

  void poll() {
    dispatchers.forEach(FakeDispatcher::poll);
  }

  /** Lets everything come to rest: commands, acknowledgements, unloads. */
  void settle() {
    for (int i = 0; i < 4; i++) {
      owner.reconcile();
      restore();
      poll();
      poll();
      ticker.advance(Duration.ofSeconds(1));
      poll();
      owner.unloadDeparted();
    }
    disturbed.clear();
    assertThat(tooEarly).isEmpty();
    dispatchers.forEach(d -> assertThat(d.table).isSameAs(owner.table()));
  }

  /** Gives back all places that can be given back now. */
  void restore() {
    while (owner.restoring()) {
      owner.restore();
    }
  }

  Generation replacePool(SortedMap<TenantId, String> mapping) {
    return owner.replaceDedicatedPool(mapping, ticker.in(Duration.ofSeconds(20)));
  }

  /** Ten requests for each time that a tenant is named. */
  void hit(int... tenants) {
    hit(owner, Tenants.tenants(tenants));
  }

  static void hit(PlacementOwner owner, List<TenantId> tenants) {
    owner.answered(Requests.tenForEach(tenants));
    owner.decide();
  }

  /** What a Dispatcher's request for the tenant gets where it is placed. */
  void assertAnsweredByItsOwnModelOrNotHere(TenantId tenant, FakeDispatcher dispatcher) {
    Optional<Placement> placement = dispatcher.table.placement(tenant);
    if (placement.isPresent()) {
      for (ReplicaId replica : replicas.replicas(placement.get().deployment())) {
        PredictReply reply = replicas.predict(replica, Tenants.request(tenant));
        if (reply instanceof Predicted predicted) {
          assertThat(predicted.ref().tenant()).isEqualTo(tenant);
        } else {
          assertThat(reply).isInstanceOf(NotHere.class);
        }
      }
    }
  }

  @Override
  public void close() {
    allCommands.forEach(ReplicaCommands::close);
    replicas.close();
    models.awaitAllClosed();
    assertThat(models.misuses()).isEmpty();
    assertThat(tooEarly).isEmpty();
  }
}
