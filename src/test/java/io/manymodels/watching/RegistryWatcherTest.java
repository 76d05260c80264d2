package io.manymodels.watching;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.VersionLook;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.Eventually;
import io.manymodels.time.Ticker;
import io.manymodels.watching.WatchedFleet.Call;
import io.manymodels.watching.WatchedFleet.Fault;
import io.manymodels.watching.WatchedFleet.Watcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class RegistryWatcherTest {
  private static final TenantId TENANT = tenant(1);
  private static final Duration PERIOD = Duration.ofMillis(200);

  /** Longer than it takes until a new watcher has told every replica that it looks. */
  private static final Duration BEGINNING = periods(0.8);

  /** Within which a new version is answered by: a look, and the words after it. */
  private static final Duration SEEN = periods(1.1);

  private final WatchedFleet fleet = new WatchedFleet(PERIOD);

  private static Duration periods(double count) {
    return Duration.ofNanos((long) (count * PERIOD.toNanos()));
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  private List<ReplicaId> start(int replicas) {
    fleet.models.with(firstTo(3));
    return IntStream.rangeClosed(1, replicas)
        .mapToObj(number -> fleet.start(number, TENANT, tenant(2)))
        .toList();
  }

  private void answeredBy(long version) {
    Eventually.holds("version " + version + " answers", () -> fleet.allAnswerBy(version, TENANT));
  }

  @Test
  void fourteenReplicasCostOneLookAPeriodAndAreToldOneAfterTheOther() {
    List<ReplicaId> replicas = start(14);
    Watcher watcher = fleet.watcher();
    fleet.run(BEGINNING, watcher);
    fleet.watched.take();
    int before = fleet.calls().size();
    fleet.run(periods(10), watcher);
    assertThat(fleet.watched.take()).as("tenants in each look").hasSize(10).containsOnly(2);
    assertThat(fleet.ownLooks()).as("looks of the replicas").isZero();
    List<Call> calls = fleet.calls().subList(before, fleet.calls().size());
    assertThat(calls).extracting(Call::at).doesNotHaveDuplicates();
    for (ReplicaId replica : replicas) {
      assertThat(calls).extracting(Call::replica).filteredOn(replica::equals).hasSizeBetween(9, 11);
    }
  }

  @Test
  void aNewVersionIsSeenByAllWithinAPeriod() {
    start(14);
    Watcher watcher = fleet.watcher();
    fleet.run(BEGINNING, watcher);
    for (int version = 2; version < 6; version++) {
      fleet.models.publish(TENANT, version);
      fleet.run(SEEN, watcher);
      answeredBy(version);
      fleet.run(periods(0.3), watcher);
    }
    assertThat(fleet.models.misuses()).isEmpty();
  }

  /** Loaded at each tenth of a period, as the look and the replica's turn have their own times. */
  @Test
  void aModelThatWasLoadedSinceTheLastLookIsSeenAsSoon() {
    ReplicaId replica = start(1).get(0);
    Watcher watcher = fleet.watcher();
    fleet.run(BEGINNING, watcher);
    fleet.models.with(firstTo(20));
    for (int number = 3; number < 14; number++) {
      TenantId late = tenant(number);
      assertThat(fleet.version(replica, late)).isOne();
      fleet.run(periods(0.02), watcher);
      fleet.models.publish(late, 2);
      fleet.run(periods(1.3), watcher);
      Eventually.holds("it is seen", () -> fleet.version(replica, late) == 2);
      fleet.run(periods(0.78), watcher);
    }
    assertThat(fleet.ownLooks()).isZero();
  }

  /** With a period so long that no replica looks for itself while the test runs. */
  @ParameterizedTest
  @EnumSource(names = {"CALL_LOST", "ANSWER_LOST"})
  void aLostMessageIsCaughtUpWithinAPeriod(Fault fault) {
    Duration period = Duration.ofSeconds(30);
    try (WatchedFleet slow = new WatchedFleet(period)) {
      slow.models.with(firstTo(3));
      ReplicaId replica = slow.start(1, TENANT);
      Watcher watcher = slow.watcher();
      slow.run(period.multipliedBy(2), watcher);
      slow.fault(replica, fault);
      slow.models.publish(TENANT, 2);
      slow.run(period, watcher);
      if (fault == Fault.CALL_LOST) {
        assertThat(slow.version(replica, TENANT)).isOne();
      }
      slow.fault(replica, Fault.NONE);
      slow.run(period, watcher);
      Eventually.holds("version 2 answers", () -> slow.version(replica, TENANT) == 2);
      slow.models.publish(TENANT, 3);
      slow.run(period.plusSeconds(1), watcher);
      Eventually.holds("version 3 answers", () -> slow.version(replica, TENANT) == 3);
      assertThat(slow.ownLooks()).isZero();
    }
  }

  @Test
  void aNewWatcherFindsWhatTheOneBeforeDidNotTell() {
    start(3);
    Watcher first = fleet.watcher();
    fleet.run(BEGINNING, first);
    fleet.models.publish(TENANT, 2);
    Watcher second = fleet.watcher();
    fleet.run(BEGINNING, second);
    answeredBy(2);
    assertThat(fleet.ownLooks()).as("nobody had to look").isZero();
  }

  @Test
  void theWordOfADeposedWatcherDoesNoHarm() {
    List<ReplicaId> replicas = start(3);
    Watcher deposed = fleet.watcher();
    fleet.run(BEGINNING, deposed);
    fleet.models.publish(TENANT, 2);
    Watcher second = fleet.watcher();
    fleet.run(BEGINNING, second);
    answeredBy(2);
    int loaded = fleet.models.opened(TENANT).size();
    // What it has to say is older than what the replicas know: it has looked at version 1 last.
    for (int i = 0; i < 20; i++) {
      fleet.run(Duration.ofMillis(10), second);
      deposed.words().step();
      assertThat(fleet.allAnswerBy(2, TENANT)).isTrue();
    }
    fleet.models.publish(TENANT, 3);
    fleet.run(periods(2), deposed, second);
    answeredBy(3);
    assertThat(fleet.models.opened(TENANT)).hasSize(loaded + replicas.size());
    assertThat(fleet.models.misuses()).isEmpty();
  }

  @Test
  void aReplicaOfAnOlderBuildLooksForItselfAndDelaysNobody() {
    List<ReplicaId> replicas = new ArrayList<>(start(4));
    ReplicaId old = replicas.remove(0);
    fleet.fault(old, Fault.UNKNOWN_METHOD);
    Watcher watcher = fleet.watcher();
    fleet.run(BEGINNING, watcher);
    for (int version = 2; version < 5; version++) {
      fleet.models.publish(TENANT, version);
      fleet.run(SEEN, watcher);
      answeredBy(version);
    }
    Eventually.holds("the old one looks", () -> fleet.ownLooks(old) > 0);
    assertThat(replicas.stream().mapToInt(fleet::ownLooks).sum()).as("of the others").isZero();
    fleet.run(Duration.ofMinutes(1), watcher);
    assertThat(fleet.calls()).extracting(Call::replica).filteredOn(old::equals).hasSizeLessThan(6);
  }

  @Test
  void whileTheWatcherCannotSeeTheRegistryTheReplicasLook() {
    ReplicaId replica = start(2).get(0);
    Watcher watcher = fleet.watcher();
    fleet.run(BEGINNING, watcher);
    fleet.watched.away(true);
    fleet.run(periods(5), watcher);
    fleet.models.publish(TENANT, 2);
    int own = fleet.ownLooks(replica);
    fleet.run(periods(1.2), watcher);
    answeredBy(2);
    Eventually.holds("it has looked", () -> fleet.ownLooks(replica) > own);
    fleet.watched.away(false);
    fleet.run(periods(2.5), watcher);
    int after = fleet.ownLooks();
    fleet.models.publish(TENANT, 3);
    fleet.run(periods(5), watcher);
    answeredBy(3);
    assertThat(fleet.ownLooks()).isEqualTo(after);
  }

  @Test
  void aVersionThatDoesNotLoadIsTriedAgainAndForgottenWhenItIsTakenBack() {
    ReplicaId replica = start(1).get(0);
    Watcher watcher = fleet.watcher();
    fleet.run(BEGINNING, watcher);
    fleet.models.breakModel(TENANT, new ServingException(ErrorCode.LOAD_FAILED, "broken"));
    fleet.models.publish(TENANT, 2);
    fleet.run(SEEN, watcher);
    Eventually.holds("it is behind", () -> fleet.behind(replica) == 1);
    assertThat(fleet.version(replica, TENANT)).isOne();
    fleet.models.publish(TENANT, 1);
    fleet.run(periods(2.2), watcher);
    Eventually.holds("it is not behind", () -> fleet.behind(replica) == 0);
    assertThat(fleet.version(replica, TENANT)).isOne();
  }

  @Test
  void aBrokenEntryIsToldAndTheModelGoesOn() {
    ReplicaId replica = start(1).get(0);
    Watcher watcher = fleet.watcher();
    fleet.run(BEGINNING, watcher);
    fleet.models.breakEntry(TENANT, new ServingException(ErrorCode.LOAD_FAILED, "no number"));
    fleet.models.publish(tenant(2), 2);
    fleet.run(SEEN, watcher);
    Eventually.holds("it is behind", () -> fleet.behind(replica) == 1);
    Eventually.holds("the other is not", () -> fleet.version(replica, tenant(2)) == 2);
    fleet.models.repairEntry(TENANT);
    fleet.run(periods(2.2), watcher);
    Eventually.holds("it is not behind", () -> fleet.behind(replica) == 0);
  }

  @Test
  void aTenantThatVanishedIsLeftAsItIs() {
    ReplicaId replica = start(1).get(0);
    Watcher watcher = fleet.watcher();
    fleet.run(BEGINNING, watcher);
    fleet.models.delete(TENANT);
    fleet.run(periods(3), watcher);
    assertThat(fleet.version(replica, TENANT)).isOne();
    assertThat(fleet.behind(replica)).isZero();
  }

  @Test
  void itsThreadsLookAndTellUntilAnotherHasTakenOver() {
    start(3);
    AtomicBoolean alive = new AtomicBoolean(true);
    try (RegistryWatcher watcher =
        new RegistryWatcher(
            new VersionLook(fleet.watched, Ticker.SYSTEM),
            Duration.ofMillis(50),
            fleet,
            List.of("Deploymentx"),
            fleet,
            alive::get,
            Ticker.SYSTEM)) {
      watcher.start();
      for (int version = 2; version < 6; version++) {
        fleet.models.publish(TENANT, version);
        answeredBy(version);
      }
      assertThat(threads()).contains("registry-look", "version-turns");
      alive.set(false);
      Eventually.holds(
          "its threads end",
          () -> Collections.disjoint(threads(), Set.of("registry-look", "version-turns")));
    }
    assertThat(fleet.ownLooks()).as("the replicas' clock stands still").isZero();
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .collect(Collectors.toSet());
  }
}
