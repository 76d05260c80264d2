package io.manymodels.holding;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.OverflowConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.registry.VersionLook;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeModel;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.Tenants;
import io.manymodels.testing.Values;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Switches of versions in both kinds of replicas; a fake model predicts its version. */
class VersionSwitchTest {
  private static final TenantId TENANT = tenant(1);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Refreshed NOT_HELD = Refreshed.notHeld(TENANT);
  private final ServingException broken =
      new ServingException(ErrorCode.LOAD_FAILED, "an unsupported operator");

  private final FakeModels models = new FakeModels().with(firstTo(100));
  private final OverflowModels overflow =
      new OverflowModels(models.source(), OverflowConfig.DEFAULT, Ticker.SYSTEM);
  private final HotModels hot = new HotModels(models.source(), Ticker.SYSTEM);

  @AfterEach
  void close() {
    overflow.close();
    hot.close();
    models.awaitAllClosed();
    assertThat(models.misuses()).isEmpty();
  }

  private static Deadline soon() {
    return Deadline.after(PATIENCE, Ticker.SYSTEM);
  }

  private static long version(PredictReply reply) {
    assertThat(reply).isInstanceOf(Predicted.class);
    Predicted predicted = (Predicted) reply;
    long named = predicted.ref().version().number();
    assertThat(Values.of(predicted.prediction())).containsOnly(named);
    return named;
  }

  private long overflowVersion(TenantId tenant) {
    return version(overflow.answer(Tenants.request(tenant)));
  }

  private long hotVersion(TenantId tenant) {
    return version(hot.answer(Tenants.request(tenant)));
  }

  private int poll(Duration patience) {
    return poll(patience, hot.versions());
  }

  private int poll(Duration patience, VersionSwitch... switches) {
    VersionLook look = new VersionLook(models.registry(), Ticker.SYSTEM);
    return new VersionPoll(look, List.of(switches)).poll(patience);
  }

  private void loadHot(TenantId... tenants) {
    assertThat(hot.load(List.of(tenants), new Generation(1, 1), soon())).isTrue();
  }

  private static Refreshed only(List<Refreshed> refreshed) {
    assertThat(refreshed).hasSize(1);
    return refreshed.get(0);
  }

  private static void assertLive(List<Refreshed> refreshed, int version) {
    assertThat(only(refreshed)).isEqualTo(Refreshed.live(TENANT, new ModelVersion(version)));
  }

  /**
   * Found by `chaos`: the version that the registry had named before the switch was loaded again.
   */
  @Test
  void whatWasEvictedComesBackInNoOlderVersionWhileTheRegistryIsAway() {
    // Too heavy to stay after its first request.
    models.weigh(TENANT, 2 << 20);
    try (OverflowModels small =
        new OverflowModels(models.source(), new OverflowConfig(10, 1, 2, 10), Ticker.SYSTEM)) {
      assertThat(version(small.answer(Tenants.request(TENANT)))).isOne();
      models.publish(TENANT, 2);
      assertThat(only(small.versions().refresh(Set.of(TENANT), soon()))).isEqualTo(NOT_HELD);
      models.registryAway(true);

      PredictReply reply = small.answer(Tenants.request(TENANT));

      assertThat(reply).isInstanceOf(Failed.class);
      assertThat(((Failed) reply).code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
      models.registryAway(false);
    }
  }

  @Test
  void bothKindsOfReplicasSwitchToTheLiveVersionAndBack() {
    loadHot(TENANT);
    assertThat(overflowVersion(TENANT)).isOne();
    for (int version : new int[] {2, 3, 1}) {
      models.publish(TENANT, version);
      assertLive(overflow.versions().refresh(Set.of(TENANT), soon()), version);
      assertLive(hot.versions().refresh(Set.of(TENANT), soon()), version);
      assertThat(overflowVersion(TENANT)).isEqualTo(version);
      assertThat(hotVersion(TENANT)).isEqualTo(version);
    }
    // The thread that loaded a model may be the last to let it go.
    Eventually.holds("one is open in each", () -> models.open().size() == 2);
    assertThat(hot.held().get(0).since())
        .as("it has not arrived anew")
        .isEqualTo(new Generation(1, 1));
  }

  @Test
  void whatIsUpToDateIsNotLoadedAgain() {
    loadHot(TENANT);
    assertLive(hot.versions().refresh(Set.of(TENANT), soon()), 1);
    assertThat(models.opened(TENANT)).hasSize(1);
  }

  @Test
  void whatIsNotHeldIsNotLoaded() {
    assertThat(only(overflow.versions().refresh(Set.of(TENANT), soon())))
        .isEqualTo(Refreshed.notHeld(TENANT));
    assertThat(models.loads(TENANT)).isZero();
  }

  @Test
  void aVersionThatDoesNotLoadNeverServesAndIsNotTriedAgainAtOnce() {
    loadHot(TENANT);
    models.publish(TENANT, 2);
    models.breakModel(TENANT, broken);
    for (int i = 0; i < 3; i++) {
      Refreshed refused = only(hot.versions().refresh(Set.of(TENANT), soon()));
      assertThat(refused.state()).isEqualTo(Refreshed.State.REFUSED);
      assertThat(refused.version()).contains(new ModelVersion(1));
      assertThat(refused.code()).contains(ErrorCode.LOAD_FAILED);
      assertThat(refused.detail()).isEqualTo("an unsupported operator");
      assertThat(hotVersion(TENANT)).isOne();
    }
    assertThat(hot.loading().behind()).extracting(Refreshed::tenant).containsExactly(TENANT);
    models.repair(TENANT);
    models.publish(TENANT, 3);
    assertLive(hot.versions().refresh(Set.of(TENANT), soon()), 3);
    assertThat(hot.loading().behind()).isEmpty();
  }

  @Test
  void aTenantThatFailedIsLoadedAtOnceWhenAnotherVersionIsLive() {
    models.breakModel(TENANT, broken);
    assertThat(overflow.answer(Tenants.request(TENANT))).isInstanceOf(Failed.class);
    models.repair(TENANT);
    models.publish(TENANT, 2);
    assertThat(overflow.answer(Tenants.request(TENANT))).as("it pauses").isInstanceOf(Failed.class);
    assertThat(only(overflow.versions().refresh(Set.of(TENANT), soon())))
        .isEqualTo(Refreshed.notHeld(TENANT));
    assertThat(overflowVersion(TENANT)).isEqualTo(2);
  }

  @Test
  void aDeletedTenantIsDropped() {
    loadHot(TENANT);
    assertThat(overflowVersion(TENANT)).isOne();
    models.delete(TENANT);
    assertThat(only(overflow.versions().refresh(Set.of(TENANT), soon())))
        .isEqualTo(Refreshed.gone(TENANT));
    assertThat(only(hot.versions().refresh(Set.of(TENANT), soon())))
        .isEqualTo(Refreshed.gone(TENANT));
    assertThat(hot.answer(Tenants.request(TENANT))).isInstanceOf(NotHere.class);
    assertThat(overflow.answer(Tenants.request(TENANT))).isInstanceOf(Failed.class);
  }

  @Test
  void withoutTheRegistryNothingChanges() {
    loadHot(TENANT);
    models.registryAway(true);
    Refreshed refused = only(hot.versions().refresh(Set.of(TENANT), soon()));
    assertThat(refused.code()).contains(ErrorCode.STORE_UNAVAILABLE);
    assertThat(hotVersion(TENANT)).isOne();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> poll(PATIENCE))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    models.registryAway(false);
    models.publish(TENANT, 2);
    assertThat(poll(PATIENCE)).isOne();
    assertThat(hotVersion(TENANT)).isEqualTo(2);
  }

  @Test
  void aPollFindsWhatIsBehindAndDropsNothing() {
    loadHot(tenant(1), tenant(2), tenant(3));
    models.publish(tenant(1), 2);
    models.delete(tenant(2));
    assertThat(poll(PATIENCE)).isOne();
    assertThat(hotVersion(tenant(1))).isEqualTo(2);
    assertThat(hotVersion(tenant(2))).as("an unmounted registry looks the same").isOne();
    assertThat(poll(PATIENCE)).isZero();
  }

  @Test
  void theRegistryIsAskedOnceForAllReplicasThatHoldAModel() {
    loadHot(firstTo(3).toArray(TenantId[]::new));
    assertThat(overflowVersion(TENANT)).isOne();
    assertThat(overflowVersion(tenant(4))).isOne();
    Map<TenantId, Integer> before = asked(firstTo(5));

    assertThat(poll(PATIENCE, hot.versions(), overflow.versions())).isZero();

    Map<TenantId, Integer> once = new TreeMap<>(before);
    firstTo(4).forEach(tenant -> once.merge(tenant, 1, Integer::sum));
    assertThat(asked(firstTo(5))).as("tenant 5 is not held").isEqualTo(once);
    models.publish(TENANT, 2);
    models.publish(tenant(4), 2);
    assertThat(poll(PATIENCE, hot.versions(), overflow.versions())).isEqualTo(3);
    assertThat(hotVersion(TENANT)).isEqualTo(2);
    assertThat(overflowVersion(TENANT)).isEqualTo(2);
    assertThat(overflowVersion(tenant(4))).isEqualTo(2);
  }

  private Map<TenantId, Integer> asked(List<TenantId> tenants) {
    return tenants.stream().collect(Collectors.toMap(Function.identity(), models::loads));
  }

  @Test
  void aBrokenEntryIsToldOnlyWhereTheModelIsHeld() {
    loadHot(TENANT);
    models.breakEntry(TENANT, broken);
    assertThat(poll(PATIENCE, hot.versions(), overflow.versions())).isZero();
    assertThat(hot.versions().refused()).extracting(Refreshed::tenant).containsExactly(TENANT);
    assertThat(overflow.versions().refused()).isEmpty();
  }

  @Test
  void aPollWaitsAnewForEachGroupOfLoads() {
    loadHot(firstTo(100).toArray(TenantId[]::new));
    firstTo(100).forEach(tenant -> models.publish(tenant, 2));
    CountDownLatch held = models.holdLoads(tenant(1));
    assertThat(poll(Duration.ofSeconds(2))).isEqualTo(100);
    assertThat(hot.versions().refused()).extracting(Refreshed::tenant).containsExactly(tenant(1));
    held.countDown();
    Eventually.holds("the late one is here too", () -> hotVersion(tenant(1)) == 2);
  }

  @Test
  void aBrokenEntryKeepsNobodyElseAtTheOldVersion() {
    loadHot(tenant(1), tenant(2), tenant(3), tenant(4));
    models.breakEntry(
        tenant(1), new ServingException(ErrorCode.STORE_UNAVAILABLE, "tenant01: stale handle"));
    models.breakEntry(tenant(2), new IllegalStateException("a defect"));
    try (LogLines log = LogLines.of(RefusedVersions.class, "")) {
      firstTo(4).forEach(tenant -> models.publish(tenant, 2));
      assertThat(poll(PATIENCE)).isEqualTo(2);
      assertThat(poll(PATIENCE)).isZero();
      assertThat(hotVersion(tenant(1))).isOne();
      assertThat(hotVersion(tenant(2))).isOne();
      assertThat(hotVersion(tenant(3))).isEqualTo(2);
      assertThat(hotVersion(tenant(4))).isEqualTo(2);
      assertThat(hot.versions().refused())
          .extracting(Refreshed::tenant)
          .containsExactly(tenant(1), tenant(2));
      assertThat(log.messages()).as("once, not at each poll").hasSize(2);
      assertThat(log.messages().get(0))
          .isEqualTo("tenant tenant01 stays at version 1: tenant01: stale handle");
      models.repairEntry(tenant(1));
      models.repairEntry(tenant(2));
      assertThat(poll(PATIENCE)).isEqualTo(2);
      assertThat(hotVersion(tenant(1))).isEqualTo(2);
      assertThat(hot.versions().refused()).isEmpty();
      assertThat(log.messages()).hasSize(4);
    }
  }

  /** It was refused, and then the version before was made live again. */
  @Test
  void whoIsAtItsLiveVersionIsNotBehind() {
    loadHot(TENANT);
    models.publish(TENANT, 2);
    models.breakModel(TENANT, broken);
    assertThat(poll(PATIENCE)).isOne();
    assertThat(hot.versions().refused()).hasSize(1);
    models.publish(TENANT, 1);
    assertThat(poll(PATIENCE)).isZero();
    assertThat(hot.versions().refused()).isEmpty();
  }

  @Test
  void theFaultsOfThousandsAreNotThousandsOfLines() {
    loadHot(firstTo(100).toArray(TenantId[]::new));
    firstTo(100).forEach(tenant -> models.breakEntry(tenant, broken));
    try (LogLines log = LogLines.of(RefusedVersions.class, "")) {
      assertThat(poll(PATIENCE)).isZero();
      assertThat(log.messages()).hasSize(21);
      assertThat(log.messages().get(20)).contains("80 more tenants");
      assertThat(hot.versions().refused()).hasSize(100);
    }
  }

  @Test
  void hundredsOfTenantsSwitchInOneCall() {
    loadHot(firstTo(100).toArray(TenantId[]::new));
    firstTo(100).forEach(tenant -> models.publish(tenant, 2));
    assertThat(hot.versions().refresh(firstTo(100), soon()))
        .hasSize(100)
        .allMatch(r -> r.version().equals(Optional.of(new ModelVersion(2))));
    assertThat(hot.held()).hasSize(100).allMatch(held -> held.version().number() == 2);
  }

  /** A load that read the old version before the switch must not bring it back after it. */
  @Test
  void aLoadThatHadBegunBeforeIsComparedAgain() throws Exception {
    CountDownLatch gate = models.holdLoads(TENANT);
    CompletableFuture<Long> early = CompletableFuture.supplyAsync(() -> overflowVersion(TENANT));
    Eventually.holds("the old version is being loaded", () -> models.loads(TENANT) == 1);
    models.publish(TENANT, 2);
    CompletableFuture<List<Refreshed>> switched =
        CompletableFuture.supplyAsync(() -> overflow.versions().refresh(Set.of(TENANT), soon()));
    assertThat(switched).isNotDone();
    gate.countDown();
    assertLive(switched.get(20, TimeUnit.SECONDS), 2);
    assertThat(early.get(20, TimeUnit.SECONDS)).isOne();
    assertThat(overflowVersion(TENANT)).isEqualTo(2);
  }

  @Test
  void runningPredictionsEndWithTheOldVersionAndHoldUpNobody() throws Exception {
    loadHot(TENANT);
    FakeModel old = models.opened(TENANT).get(0);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch begun = old.holdPredictions(release);
    CompletableFuture<Long> running = CompletableFuture.supplyAsync(() -> hotVersion(TENANT));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    models.publish(TENANT, 2);
    assertLive(hot.versions().refresh(Set.of(TENANT), soon()), 2);
    assertThat(hotVersion(TENANT)).isEqualTo(2);
    assertThat(old.closes()).isZero();
    release.countDown();
    assertThat(running.get(20, TimeUnit.SECONDS)).isOne();
  }

  @Test
  void aRefreshThatIsTooLateSaysSoAndEndsLater() {
    loadHot(TENANT);
    models.publish(TENANT, 2);
    CountDownLatch gate = models.holdLoads(TENANT);
    Refreshed late =
        only(
            hot.versions()
                .refresh(Set.of(TENANT), Deadline.after(Duration.ofMillis(20), Ticker.SYSTEM)));
    assertThat(late.code()).contains(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(hotVersion(TENANT)).isOne();
    gate.countDown();
    Eventually.holds("it switches", () -> hotVersion(TENANT) == 2);
  }

  /** Requests, evictions and switches at once: after a switch nobody sees an older version. */
  @Test
  void noRequestThatBeginsAfterASwitchSeesAnOlderVersion() throws Exception {
    OverflowModels narrow =
        new OverflowModels(models.source(), new OverflowConfig(2, 128, 2, 100), Ticker.SYSTEM);
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger switched = new AtomicInteger(1);
    List<CompletableFuture<Integer>> clients =
        List.of(client(narrow, done, switched), client(narrow, done, switched));
    try {
      for (int version = 2; version <= 200; version++) {
        models.publish(TENANT, version);
        Refreshed refreshed = only(narrow.versions().refresh(Set.of(TENANT), soon()));
        assertThat(refreshed.state()).isEqualTo(Refreshed.State.LIVE);
        switched.set(version);
      }
    } finally {
      done.set(true);
    }
    for (CompletableFuture<Integer> client : clients) {
      assertThat(client.get(20, TimeUnit.SECONDS)).isPositive();
    }
    narrow.close();
  }

  private static CompletableFuture<Integer> client(
      OverflowModels narrow, AtomicBoolean done, AtomicInteger switched) {
    return CompletableFuture.supplyAsync(
        () -> {
          int answers = 0;
          while (!done.get() || answers == 0) {
            int before = switched.get();
            assertThat(version(narrow.answer(Tenants.request(TENANT))))
                .isGreaterThanOrEqualTo(before);
            // Others, so that the tenant is evicted now and then.
            narrow.answer(Tenants.request(tenant(2 + answers % 20)));
            answers++;
          }
          return answers;
        });
  }
}
