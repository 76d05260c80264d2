package io.manymodels.loading;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Tenants;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelLoadsTest {
  private static final TenantId TENANT = tenant(1);
  private final ServingException broken =
      new ServingException(ErrorCode.LOAD_FAILED, "an unsupported operator");

  private final FakeTicker ticker = new FakeTicker();
  private final FakeModels models = new FakeModels().with(firstTo(9));
  private final Shelf shelf = new Shelf();
  private final ModelLoads loads = loads(1, 100);

  /** Holds what was loaded, or lets go of it at once. */
  private static final class Shelf implements ModelLoads.Holder {
    private final ConcurrentMap<TenantId, SharedModel> held = new ConcurrentHashMap<>();
    private volatile boolean evictsAtOnce;

    @Override
    public void hold(SharedModel model) {
      if (evictsAtOnce) {
        model.release();
      } else {
        held.put(model.ref().tenant(), model);
      }
    }

    @Override
    public Optional<SharedModel> held(TenantId tenant) {
      return Optional.ofNullable(held.get(tenant));
    }

    @Override
    public void drop(TenantId tenant) {
      evict(tenant);
    }

    @Override
    public Collection<SharedModel> all() {
      return held.values();
    }

    private void evict(TenantId tenant) {
      held.remove(tenant).release();
    }
  }

  @AfterEach
  void close() {
    loads.close();
  }

  private ModelLoads loads(int threads, int queue) {
    return new ModelLoads(models.source(), shelf, threads, queue, ticker);
  }

  private Deadline soon() {
    return ticker.in(Duration.ofSeconds(30));
  }

  private void load(TenantId tenant) {
    loads.join(tenant).await(soon()).release();
  }

  private ServingException failure(TenantId tenant) {
    return failure(loads.join(tenant), soon());
  }

  private static ServingException failure(ModelLoad load, Deadline deadline) {
    try {
      load.await(deadline).release();
    } catch (ServingException e) {
      return e;
    }
    throw new AssertionError("the load succeeded");
  }

  @Test
  void aThousandWaitersAreOneLoadAndEachIsGivenAReference() throws Exception {
    CountDownLatch gate = models.holdLoads(TENANT);
    shelf.evictsAtOnce = true;
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<ModelLoad>> joined = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        joined.add(threads.submit(() -> loads.join(TENANT)));
      }
      List<ModelLoad> waiting = new ArrayList<>();
      for (Future<ModelLoad> join : joined) {
        waiting.add(join.get(20, TimeUnit.SECONDS));
      }
      gate.countDown();
      List<SharedModel> given = new ArrayList<>();
      waiting.forEach(load -> given.add(load.await(soon())));
      assertThat(models.loads(TENANT)).isOne();
      assertThat(given).containsOnly(given.get(0));
      given.subList(1, given.size()).forEach(SharedModel::release);
      assertThat(models.open()).as("evicted, but one still has it").hasSize(1);
      given.get(0).release();
      models.awaitAllClosed();
    } finally {
      threads.shutdownNow();
    }
    assertThat(models.misuses()).isEmpty();
  }

  @Test
  void aModelThatIsHeldByNowIsNotLoadedAgain() {
    load(TENANT);
    load(TENANT);
    assertThat(models.loads(TENANT)).isOne();
    shelf.evict(TENANT);
    models.awaitAllClosed();
  }

  @Test
  void anEvictedModelIsLoadedAgain() {
    load(TENANT);
    shelf.evict(TENANT);
    load(TENANT);
    assertThat(models.loads(TENANT)).isEqualTo(2);
  }

  @Test
  void aFailureIsRememberedForATimeThatDoubles() {
    models.breakModel(TENANT, broken);
    int attempts = 0;
    for (int pause : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      assertThat(failure(TENANT)).isSameAs(broken);
      assertThat(models.loads(TENANT)).isEqualTo(++attempts);
      ticker.advance(Duration.ofSeconds(pause).minusMillis(1));
      assertThat(failure(TENANT)).isSameAs(broken);
      assertThat(models.loads(TENANT)).as("within %s s", pause).isEqualTo(attempts);
      ticker.advance(Duration.ofMillis(1));
    }
  }

  @Test
  void aFailureIsForgottenAfterAQuietTime() {
    models.breakModel(TENANT, broken);
    for (int pause : new int[] {1, 2, 4}) {
      assertThat(failure(TENANT)).isSameAs(broken);
      ticker.advance(Duration.ofSeconds(pause));
    }
    assertThat(loads.failure(TENANT)).contains(broken);
    ticker.advance(Duration.ofMinutes(6));
    assertThat(loads.failure(TENANT)).isEmpty();
    assertThat(failure(TENANT)).isSameAs(broken);
    ticker.advance(Duration.ofSeconds(1));
    models.repair(TENANT);
    load(TENANT);
  }

  @Test
  void aSuccessEndsTheFailure() {
    models.breakModel(TENANT, broken);
    assertThat(failure(TENANT)).isSameAs(broken);
    models.repair(TENANT);
    ticker.advance(Duration.ofSeconds(1));
    load(TENANT);
    assertThat(loads.failure(TENANT)).isEmpty();
    shelf.evict(TENANT);
    models.breakModel(TENANT, broken);
    assertThat(failure(TENANT)).isSameAs(broken);
    ticker.advance(Duration.ofSeconds(1));
    assertThat(failure(TENANT)).isSameAs(broken);
    assertThat(models.loads(TENANT)).as("the pause is short again").isEqualTo(4);
  }

  @Test
  void aTenantWithoutAModelIsAskedForOnceASecond() {
    TenantId unknown = tenant(77);
    for (int second = 1; second <= 5; second++) {
      assertThat(failure(unknown).code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND);
      assertThat(failure(unknown).code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND);
      assertThat(models.loads(unknown)).isEqualTo(second);
      ticker.advance(Duration.ofSeconds(1));
    }
  }

  @Test
  void aBrokenTenantHarmsNoOther() {
    models.breakModel(TENANT, broken);
    assertThat(failure(TENANT)).isSameAs(broken);
    load(tenant(2));
    assertThat(shelf.held).containsOnlyKeys(tenant(2));
  }

  @Test
  void whatNobodyForesawIsALoadThatFailed() {
    models.breakModel(TENANT, new IllegalStateException("/secret/path"));
    ServingException failure = failure(TENANT);
    assertThat(failure.code()).isEqualTo(ErrorCode.LOAD_FAILED);
    assertThat(failure).hasMessage("the model of tenant 'tenant01' cannot be loaded");
    load(tenant(2));
  }

  @Test
  void aFullQueueRefusesAtOnceAndIsNotRemembered() {
    ModelLoads narrow = loads(1, 1);
    CountDownLatch gate = models.holdLoads(TENANT);
    ModelLoad running = narrow.join(TENANT);
    Eventually.holds("the first load runs", () -> models.loads(TENANT) == 1);
    ModelLoad queued = narrow.join(tenant(2));
    assertThat(failure(narrow.join(tenant(3)), soon()).code()).isEqualTo(ErrorCode.OVERLOADED);
    gate.countDown();
    running.await(soon()).release();
    queued.await(soon()).release();
    narrow.join(tenant(3)).await(soon()).release();
    assertThat(shelf.held).containsOnlyKeys(firstTo(3));
    narrow.close();
  }

  @Test
  void moreThreadsLoadMoreAtOnceAndFewerThreadsFewer() {
    CountDownLatch gate = models.holdLoads(TENANT);
    ModelLoad held = loads.join(TENANT);
    ModelLoad behind = loads.join(tenant(2));
    loads.setThreads(2);
    behind.await(soon()).release();
    loads.setThreads(1);
    gate.countDown();
    held.await(soon()).release();
    load(tenant(3));
  }

  @Test
  void aWaiterGivesUpAtItsDeadlineAndLeaksNothing() {
    CountDownLatch gate = models.holdLoads(TENANT);
    ModelLoad impatient = loads.join(TENANT);
    ModelLoad patient = loads.join(TENANT);
    assertThat(failure(impatient, ticker.in(Duration.ZERO)).code())
        .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    gate.countDown();
    patient.await(soon()).release();
    assertThat(models.open()).hasSize(1);
    shelf.evict(TENANT);
    models.awaitAllClosed();
  }

  @Test
  void anInterruptedWaiterLeaksNothing() {
    CountDownLatch gate = models.holdLoads(TENANT);
    ModelLoad interrupted = loads.join(TENANT);
    Thread.currentThread().interrupt();
    assertThat(failure(interrupted, soon()).code()).isEqualTo(ErrorCode.NO_REPLICA);
    assertThat(Thread.interrupted()).isTrue();
    gate.countDown();
    load(TENANT);
    shelf.evict(TENANT);
    models.awaitAllClosed();
  }

  /** Deadlines that pass at the very moment when the load ends, and an eviction right after. */
  @Test
  void racesOfDeadlineLoadAndEvictionLeakNothingAndCloseNothingInUse() throws Exception {
    shelf.evictsAtOnce = true;
    int waiters = 4;
    Random random = new Random(17);
    ModelLoads real = new ModelLoads(models.source(), shelf, 2, 100, Ticker.SYSTEM);
    ExecutorService threads = Executors.newFixedThreadPool(waiters);
    try {
      for (int round = 0; round < 400; round++) {
        List<Future<Boolean>> ends = new ArrayList<>();
        for (int i = 0; i < waiters; i++) {
          Duration patience = Duration.ofNanos(random.nextInt(150_000));
          ends.add(threads.submit(() -> use(real, Deadline.after(patience, Ticker.SYSTEM))));
        }
        for (Future<Boolean> end : ends) {
          assertThat(end.get(20, TimeUnit.SECONDS)).isNotNull();
        }
      }
      models.awaitAllClosed();
    } finally {
      threads.shutdownNow();
      real.close();
    }
    assertThat(models.misuses()).isEmpty();
  }

  private static boolean use(ModelLoads loads, Deadline deadline) {
    try {
      SharedModel model = loads.join(TENANT).await(deadline);
      model.model().predict(Tenants.request(TENANT).rows());
      model.release();
      return true;
    } catch (ServingException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
      return false;
    }
  }

  @Test
  void closingFailsTheWaitersAndLeaksNoModel() {
    CountDownLatch gate = models.holdLoads(TENANT);
    ModelLoad running = loads.join(TENANT);
    ModelLoad queued = loads.join(tenant(2));
    Eventually.holds("the load runs", () -> models.loads(TENANT) == 1);
    loads.close();
    assertThat(failure(running, soon()).code()).isEqualTo(ErrorCode.NO_REPLICA);
    assertThat(failure(queued, soon()).code()).isEqualTo(ErrorCode.NO_REPLICA);
    gate.countDown();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> loads.join(tenant(2)).await(soon()));
  }
}
