package io.manymodels.placing;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.scoring.TableSnapshot;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.FakeReplicas;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlacementLoopTest {
  private static final List<String> HOT = List.of("Deployment1", "Deployment2");
  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  /** A SharedMemory replica, with Dispatchers that poll it on threads of their own. */
  private final class SharedMemory implements AutoCloseable {
    private final TableBoard board = new TableBoard(Set::of, ticker);
    private final PlacementLoop loop =
        new PlacementLoop(
            new ApplicationConfig("many-models", HOT, "Deploymentx", "SharedMemory", "Dispatcher"),
            replicas,
            replicas,
            replicas,
            store,
            board,
            models::hasModel,
            PlacementConfig.DEFAULT,
            ticker);

    private SharedMemory start() {
      ticker.advance(LEASE);
      loop.start();
      return this;
    }

    private SharedMemory started() {
      start();
      Eventually.holds("both are placed", () -> board.table().placements().size() == 2);
      return this;
    }

    private void dispatch(String name, TableSnapshot<Integer> snapshot) {
      Future<?> unused =
          threads.submit(
              () -> {
                while (true) {
                  Optional<PlacementTable> newer =
                      board.awaitNewer(name, snapshot.get().table().generation());
                  newer.ifPresent(snapshot::offer);
                }
              });
      assertThat(unused.isCancelled()).isFalse();
      Eventually.holds(name + " polls", () -> board.readerCount() > 0);
    }

    private Future<ErrorCode> replacePool(SortedMap<TenantId, String> mapping) {
      return threads.submit(
          () -> {
            try {
              loop.replaceDedicatedPool(mapping, ticker.in(PATIENCE));
              return null;
            } catch (ServingException e) {
              return e.code();
            }
          });
    }

    /** Has time pass and the loop notice it. */
    private void pass(Duration time) {
      ticker.advance(time);
      loop.answered(List.of());
    }

    @Override
    public void close() {
      loop.close();
    }
  }

  private final FakeTicker ticker = new FakeTicker();
  private final FakeModels models = new FakeModels().with(firstTo(20));
  private final FakeReplicas replicas = new FakeReplicas(models, ticker);
  private final UnreliablePlacementStore store = new UnreliablePlacementStore();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<SharedMemory> started = new ArrayList<>();
  private final SharedMemory memory = sharedMemory();

  PlacementLoopTest() {
    assertThat(replicas.start("Deployment1", new HotConfig(tenants(1), 1, Pool.DYNAMIC)))
        .isNotNull();
    assertThat(replicas.start("Deployment2", new HotConfig(tenants(2), 1, Pool.DEDICATED)))
        .isNotNull();
  }

  private SharedMemory sharedMemory() {
    SharedMemory fresh = new SharedMemory();
    started.add(fresh);
    return fresh;
  }

  @AfterEach
  void close() {
    started.forEach(SharedMemory::close);
    threads.shutdownNow();
    replicas.close();
  }

  private static TableSnapshot<Integer> snapshot() {
    return new TableSnapshot<>(table -> table.placements().size());
  }

  private static <T> T answer(Future<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  @Test
  void startsByItselfAndTellsHowItStands() {
    memory.started();
    Eventually.holds("the status is there", () -> memory.loop.status().deployments().size() == 2);
    assertThat(memory.loop.status().table().pins()).isEqualTo(mapping(2, "Deployment2"));
    assertThat(memory.loop.alive()).isTrue();
  }

  @Test
  void aHitPromotes() {
    memory.started();
    memory.loop.answered(Requests.tenForEach(tenants(7)));
    Eventually.holds("it is promoted", () -> memory.board.table().places(tenant(7), "Deployment1"));
    Eventually.holds("the victim is gone", () -> !replicas.held("Deployment1", tenant(1)));
    assertThat(replicas.held("Deployment1", tenant(7))).isTrue();
  }

  @Test
  void aQuestionThatFailsIsAnsweredAndEndsNothing() {
    memory.started();
    Deadline deadline = Deadline.after(Duration.ofSeconds(20), Ticker.SYSTEM);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> memory.loop.busiestUnplaced(-1, deadline))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.INTERNAL);
    assertThat(memory.loop.busiestUnplaced(10, deadline)).isEmpty();
    assertThat(memory.loop.alive()).isTrue();
  }

  @Test
  void aPoolChangeIsAnsweredWhenEveryDispatcherRoutesByIt() throws Exception {
    memory.started();
    TableSnapshot<Integer> one = snapshot();
    memory.dispatch("one", one);
    assertThat(memory.board.awaitNewer("late", Generation.NONE)).isPresent();
    Future<ErrorCode> change = memory.replacePool(mapping(9, "Deployment2"));
    Eventually.holds("one has it", () -> one.get().table().places(tenant(9), "Deployment2"));
    assertThat(change.isDone()).as("the other routes by an older table").isFalse();
    TableSnapshot<Integer> late = snapshot();
    memory.dispatch("late", late);
    assertThat(answer(change)).isNull();
    assertThat(one.get().table().pins()).isEqualTo(mapping(9, "Deployment2"));
    assertThat(late.get().table().pins()).isEqualTo(mapping(9, "Deployment2"));
    Eventually.holds("the old pin is gone", () -> !replicas.held("Deployment2", tenant(2)));
  }

  @Test
  void aPoolChangeThatIsNotLiveInTimeSaysSo() throws Exception {
    memory.started();
    assertThat(memory.board.awaitNewer("slow", Generation.NONE)).isPresent();
    SortedMap<TenantId, String> mapping = mapping(9, "Deployment2");
    Future<ErrorCode> change = memory.replacePool(mapping);
    Eventually.holds("it is published", () -> memory.board.table().pins().equals(mapping));
    for (Duration past = Duration.ZERO; past.compareTo(PATIENCE) < 0; past = past.plusSeconds(2)) {
      assertThat(change.isDone()).isFalse();
      ticker.advance(Duration.ofSeconds(2));
      assertThat(memory.board.awaitNewer("slow", Generation.NONE)).isPresent();
    }
    assertThat(answer(change)).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
  }

  @Test
  void aRefusedChangeSaysWhy() throws Exception {
    memory.started();
    assertThat(answer(memory.replacePool(mapping(9, "Deployment7"))))
        .isEqualTo(ErrorCode.DEDICATED_POOL_REFUSED);
    assertThat(memory.board.table().pins()).isEqualTo(mapping(2, "Deployment2"));
  }

  @Test
  void aChangeWaitsForAReplicaThatIsBeingRestarted() throws Exception {
    memory.started();
    replicas.kill(replicas.only("Deployment2"));
    Future<ErrorCode> change = memory.replacePool(mapping(9, "Deployment2"));
    Eventually.holds("it was found dead", () -> replicas.replicas("Deployment2").isEmpty());
    assertThat(replicas.start("Deployment2", new HotConfig(tenants(2), 1, Pool.DEDICATED)))
        .isNotNull();
    Eventually.holds(
        "the change is live",
        () -> {
          ticker.advance(Duration.ofMillis(1));
          return change.isDone();
        });
    assertThat(answer(change)).isNull();
    assertThat(replicas.held("Deployment2", tenant(9))).isTrue();
  }

  /** The reconciliation that comes first fails for the same reason. */
  @Test
  void aStoreThatIsAwayIsToldAtOnce() throws Exception {
    memory.started();
    store.away(true);
    replicas.reconfigure("Deployment1", new HotConfig(tenants(5), 1, Pool.DYNAMIC));
    ticker.advance(Duration.ofSeconds(1));
    assertThat(answer(memory.replacePool(mapping(9, "Deployment2"))))
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    assertThat(memory.board.table().pins()).isEqualTo(mapping(2, "Deployment2"));
    store.away(false);
    memory.pass(Duration.ofSeconds(6));
    Eventually.holds(
        "the declaration is applied", () -> memory.board.table().places(tenant(5), "Deployment1"));
    assertThat(answer(memory.replacePool(mapping(9, "Deployment2")))).isNull();
  }

  @Test
  void promotionsGoOnWhileTheRegistryIsAwayForADeclaration() {
    memory.started();
    models.registryAway(true);
    replicas.reconfigure("Deployment2", new HotConfig(tenants(6), 1, Pool.DEDICATED));
    memory.pass(Duration.ofSeconds(1));
    models.registryAway(false);
    memory.loop.answered(Requests.tenForEach(tenants(7)));
    Eventually.holds("it is promoted", () -> memory.board.table().places(tenant(7), "Deployment1"));
  }

  /** Nothing tells of a changed user_config: the replica is asked. */
  @Test
  void whatNobodyTellsOfIsFoundAllTheSame() {
    memory.started();
    replicas.reconfigure("Deployment1", new HotConfig(tenants(5), 1, Pool.DYNAMIC));
    Eventually.holds(
        "the declaration is applied",
        () -> {
          ticker.advance(ReconcilePace.SELDOM.dividedBy(50));
          return memory.board.table().places(tenant(5), "Deployment1");
        });
  }

  @Test
  void whoWatchesSeesWhatHasChanged() {
    memory.started();
    Eventually.holds("it has looked", () -> memory.loop.status().isSettled());
    replicas.reconfigure("Deployment1", new HotConfig(tenants(5), 1, Pool.DYNAMIC));
    ticker.advance(Duration.ofSeconds(1));
    Eventually.holds(
        "the status has it", () -> memory.loop.watch().table().places(tenant(5), "Deployment1"));
  }

  @Test
  void aChangedConfigurationHasItLookAtOnce() {
    memory.started();
    Eventually.holds("it has looked", () -> memory.loop.status().isSettled());
    replicas.reconfigure("Deployment1", new HotConfig(tenants(5), 1, Pool.DYNAMIC));
    memory.loop.reconfigure(PlacementConfig.DEFAULT);
    Eventually.holds(
        "the declaration is applied", () -> memory.board.table().places(tenant(5), "Deployment1"));
  }

  @Test
  void takesOverOnceTheStoreIsBack() {
    store.away(true);
    memory.start();
    assertThat(memory.board.table()).isSameAs(PlacementTable.EMPTY);
    assertThat(memory.loop.alive()).isTrue();
    store.away(false);
    Eventually.holds(
        "both are placed",
        () -> {
          ticker.advance(Duration.ofMillis(1));
          return memory.board.table().placements().size() == 2;
        });
  }

  @Test
  void aRestartKeepsPinsAndPlacedTenants() throws Exception {
    memory.started();
    assertThat(answer(memory.replacePool(mapping(9, "Deployment2")))).isNull();
    memory.loop.answered(Requests.tenForEach(tenants(7)));
    Eventually.holds("it is promoted", () -> memory.board.table().places(tenant(7), "Deployment1"));
    Eventually.holds("the victim is gone", () -> !replicas.held("Deployment1", tenant(1)));
    PlacementTable before = memory.board.table();
    memory.close();
    SharedMemory next = sharedMemory().started();
    assertThat(next.board.table().placements()).isEqualTo(before.placements());
    assertThat(next.board.table().generation().newerThan(before.generation())).isTrue();
    Eventually.holds("the old one is dead", () -> !memory.loop.alive());
  }

  /** What is remembered of the last second is written when the loop is closed. */
  @Test
  void aRestartOfEverythingGivesPlacesBackAndGoesOnWithTheHistory() {
    memory.started();
    memory.loop.answered(Requests.tenForEach(tenants(7)));
    Eventually.holds("it is promoted", () -> memory.board.table().places(tenant(7), "Deployment1"));
    Eventually.holds("it is noted", () -> memory.loop.history().lastChange(tenant(7)).isPresent());
    memory.close();
    List<PlacementEvent> before = memory.loop.history().all();
    HOT.forEach(replicas::restart);
    SharedMemory next = sharedMemory().start();
    Eventually.holds("it is back", () -> next.board.table().places(tenant(7), "Deployment1"));
    Eventually.holds("and loaded", () -> replicas.held("Deployment1", tenant(7)));
    assertThat(next.board.table().placements()).hasSize(2);
    assertThat(next.loop.history().all()).isEqualTo(before);
    assertThat(next.loop.history().numberedSince()).isEqualTo(1);
  }

  @Test
  void aProcessThatIsKilledHasRememberedWhatWasASecondAgo() {
    memory.started();
    memory.loop.answered(Requests.tenForEach(tenants(7)));
    Eventually.holds("it is promoted", () -> memory.board.table().places(tenant(7), "Deployment1"));
    Eventually.holds(
        "it is remembered",
        () -> {
          memory.pass(Duration.ofMillis(100));
          return store
              .remembered()
              .filter(placement -> placement.places().containsKey(tenant(7)))
              .isPresent();
        });
    HOT.forEach(replicas::restart);
    SharedMemory next = sharedMemory().start();
    Eventually.holds("it is back", () -> next.board.table().places(tenant(7), "Deployment1"));
    assertThat(next.loop.history().lastChange(tenant(7)).orElseThrow().kind())
        .isEqualTo(Kind.PROMOTED);
  }

  /** All replicas of a process are there at once; no time passes here. */
  @Test
  void beginsAtOnceWhenAllReplicasAreThere() {
    memory.loop.start();
    Eventually.holds("both are placed", () -> memory.board.table().placements().size() == 2);
    Eventually.holds("and loaded", () -> replicas.held("Deployment1", tenant(1)));
    Eventually.holds("and loaded", () -> replicas.held("Deployment2", tenant(2)));
  }

  @Test
  void closingALoopThatNeverStartedOrNeverTookOverOverwritesNothing() {
    memory.started();
    memory.close();
    RememberedPlacement remembered = store.remembered().orElseThrow();
    sharedMemory().close();
    store.away(true);
    SharedMemory waiting = sharedMemory().start();
    waiting.close();
    store.away(false);
    assertThat(store.remembered()).contains(remembered);
  }

  @Test
  void theOlderOfTwoGivesUpAndAnswersNobody() throws Exception {
    memory.started();
    SharedMemory newer = sharedMemory().started();
    assertThat(answer(memory.replacePool(mapping()))).isEqualTo(ErrorCode.NO_REPLICA);
    Eventually.holds("the older has ended", () -> !memory.loop.alive());
    assertThat(answer(memory.replacePool(mapping()))).isEqualTo(ErrorCode.NO_REPLICA);
    assertThat(newer.loop.alive()).isTrue();
    assertThat(newer.board.table().pins()).isEqualTo(mapping(2, "Deployment2"));
    assertThat(answer(newer.replacePool(mapping()))).isNull();
  }

  @Test
  void theOlderOfTwoFindsOutWithoutBeingAsked() {
    memory.started();
    SharedMemory newer = sharedMemory().started();
    memory.pass(Duration.ofSeconds(1));
    Eventually.holds("the older has ended", () -> !memory.loop.alive());
    assertThat(newer.loop.alive()).isTrue();
  }

  @Test
  void tooManyWaitingChangesAreRefusedAndAClosingLoopFailsTheRest() throws Exception {
    memory.started();
    CountDownLatch gate = models.holdLoads(tenant(19));
    List<Future<ErrorCode>> changes = new ArrayList<>();
    changes.add(memory.replacePool(mapping(19, "Deployment2")));
    Eventually.holds("the first is being loaded", () -> models.loads(tenant(19)) == 1);
    for (int i = 0; i < 110; i++) {
      changes.add(memory.replacePool(mapping(8, "Deployment2")));
    }
    Eventually.holds(
        "ten are refused", () -> changes.stream().filter(Future::isDone).count() == 10);
    memory.close();
    gate.countDown();
    Map<String, Integer> answers = new TreeMap<>();
    for (Future<ErrorCode> change : changes.subList(1, changes.size())) {
      answers.merge(String.valueOf(answer(change)), 1, Integer::sum);
    }
    assertThat(answers).isEqualTo(Map.of("OVERLOADED", 10, "NO_REPLICA", 100));
    assertThat(changes.get(0)).as("it may just have been made").succeedsWithin(PATIENCE);
    assertThat(answer(memory.replacePool(mapping()))).isEqualTo(ErrorCode.NO_REPLICA);
  }
}
