package io.manymodels.routing;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.FakeTicker;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final String DEPLOYMENT = "Deploymentx";
  private static final Rows ROWS = Rows.matrix(1, 1, new double[1]);

  /** Names replicas, and answers with the name of the one that was called. */
  private static final class Fleet implements ReplicaDirectory, PredictClient {
    private final List<ReplicaId> alive = new CopyOnWriteArrayList<>();
    private final List<ReplicaId> lost = new CopyOnWriteArrayList<>();
    private final List<ReplicaId> called = new CopyOnWriteArrayList<>();
    private final Set<ReplicaId> dead = new HashSet<>();
    private final Set<ReplicaId> cutOff = new HashSet<>();
    private final Set<ReplicaId> away = new HashSet<>();
    private final Set<ReplicaId> empty = new HashSet<>();
    private boolean forgetsTheLost = true;

    private Fleet(int replicas) {
      IntStream.rangeClosed(1, replicas).forEach(i -> alive.add(replica(i)));
    }

    @Override
    public List<ReplicaId> replicas(String deployment) {
      return deployment.equals(DEPLOYMENT) ? List.copyOf(alive) : List.of();
    }

    @Override
    public void reportLost(ReplicaId replica) {
      lost.add(replica);
      if (forgetsTheLost) {
        alive.remove(replica);
      }
    }

    @Override
    public void onChange(Runnable listener) {}

    @Override
    public boolean reachable(ReplicaId replica) {
      return !away.contains(replica);
    }

    @Override
    public CompletableFuture<PredictReply> predict(
        ReplicaId replica, PredictCall call, Deadline deadline) {
      called.add(replica);
      if (deadline.passed()) {
        return CompletableFuture.failedFuture(
            new ServingException(ErrorCode.DEADLINE_EXCEEDED, "too late"));
      }
      if (dead.contains(replica)) {
        return CompletableFuture.failedFuture(
            new ReplicaLostException(replica, new IllegalStateException("dead")));
      }
      if (empty.contains(replica)) {
        return CompletableFuture.completedFuture(new NotHere());
      }
      if (cutOff.contains(replica)) {
        return CompletableFuture.failedFuture(
            new ReplicaUnreachableException(replica, "is cut off"));
      }
      return CompletableFuture.completedFuture(namedBy(replica));
    }
  }

  private static PredictReply namedBy(ReplicaId replica) {
    return new Failed(ErrorCode.LOAD_FAILED, replica.name(), List.of());
  }

  private final FakeTicker ticker = new FakeTicker();
  private final Deadline deadline = ticker.in(Duration.ofSeconds(1));

  private static ReplicaId replica(int number) {
    return new ReplicaId(DEPLOYMENT, "replica" + number);
  }

  private String call(Router router) {
    return name(router.predict(DEPLOYMENT, new PredictCall(tenant(1), ROWS), deadline));
  }

  private String byAffinity(Router router, int tenant) {
    return name(
        router.predictByAffinity(DEPLOYMENT, new PredictCall(tenant(tenant), ROWS), deadline));
  }

  private static String name(CompletableFuture<PredictReply> answer) {
    try {
      return ((Failed) answer.join()).detail();
    } catch (CompletionException e) {
      throw (ServingException) e.getCause();
    }
  }

  @Test
  void withoutAReplicaThereIsNoAnswer() {
    Fleet fleet = new Fleet(0);
    assertNoReplica(new Router(fleet, fleet, Postmortems.NONE));
    assertThat(fleet.called).isEmpty();
  }

  @Test
  void aLostReplicaIsReportedAndAnotherAsked() {
    Fleet fleet = new Fleet(2);
    fleet.dead.add(replica(1));
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    for (int i = 0; i < 20; i++) {
      assertThat(call(router)).startsWith("replica2");
    }
    assertThat(fleet.lost).hasSizeLessThanOrEqualTo(1).doesNotContain(replica(2));
    assertThat(fleet.called).filteredOn(replica(1)::equals).hasSameSizeAs(fleet.lost);
  }

  @Test
  void aCallIsMadeTwiceAtMost() {
    Fleet fleet = new Fleet(5);
    IntStream.rangeClosed(1, 5).forEach(i -> fleet.dead.add(replica(i)));
    assertNoReplica(new Router(fleet, fleet, Postmortems.NONE));
    assertThat(fleet.called).hasSize(2).doesNotHaveDuplicates();
    assertThat(fleet.lost).isEqualTo(fleet.called);
  }

  @Test
  void theOnlyReplicaIsNotAskedAgainOnceItIsLost() {
    Fleet fleet = new Fleet(1);
    fleet.dead.add(replica(1));
    assertNoReplica(new Router(fleet, fleet, Postmortems.NONE));
    assertThat(fleet.called).hasSize(1);
  }

  @Test
  void aReplicaThatFailsIsNotRetried() {
    Fleet fleet = new Fleet(2);
    ticker.advance(Duration.ofSeconds(2));
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> call(new Router(fleet, fleet, Postmortems.NONE)))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(fleet.called).hasSize(1);
    assertThat(fleet.lost).isEmpty();
  }

  @Test
  void theLessBusyOfTwoIsAsked() {
    Fleet fleet = new Fleet(2);
    CompletableFuture<PredictReply> held = new CompletableFuture<>();
    List<ReplicaId> busy = new ArrayList<>();
    PredictClient holding =
        (replica, call, until) -> {
          if (call.tenant().equals(tenant(2))) {
            busy.add(replica);
            return held;
          }
          return fleet.predict(replica, call, until);
        };
    Router router = new Router(fleet, holding, Postmortems.NONE);
    CompletableFuture<PredictReply> waiting =
        router.predict(DEPLOYMENT, new PredictCall(tenant(2), ROWS), deadline);
    for (int i = 0; i < 50; i++) {
      assertThat(call(router)).isNotEqualTo(busy.get(0).name());
    }
    held.complete(namedBy(busy.get(0)));
    assertThat(name(waiting)).isEqualTo(busy.get(0).name());
    Set<String> asked = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      asked.add(call(router));
    }
    assertThat(asked).as("both, when neither is busy").hasSize(2);
  }

  @Test
  void affinityIsStable() {
    Fleet fleet = new Fleet(4);
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    Fleet reversed = new Fleet(0);
    for (int i = 4; i >= 1; i--) {
      reversed.alive.add(replica(i));
    }
    Router elsewhere = new Router(reversed, reversed, Postmortems.NONE);
    for (int i = 0; i < 100; i++) {
      String chosen = byAffinity(router, i);
      assertThat(byAffinity(router, i)).isEqualTo(chosen);
      assertThat(byAffinity(elsewhere, i)).isEqualTo(chosen);
    }
  }

  @Test
  void aReplicaKnowsWhoseRequestsItWillGet() {
    Fleet fleet = new Fleet(3);
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    for (int i = 0; i < 100; i++) {
      String chosen = byAffinity(router, i);
      for (ReplicaId replica : List.copyOf(fleet.alive)) {
        List<ReplicaId> others = new ArrayList<>(fleet.alive);
        others.remove(replica);
        assertThat(Router.prefers(replica, others, tenant(i)))
            .isEqualTo(replica.name().equals(chosen));
      }
    }
    assertThat(Router.prefers(replica(1), List.of(), tenant(1))).isTrue();
  }

  /** Ray names replicas of a deployment alike but for a suffix of one length. */
  @Test
  void affinitySpreadsTenantsEvenly() {
    for (int replicas = 2; replicas <= 5; replicas++) {
      Fleet fleet = new Fleet(replicas);
      Router router = new Router(fleet, fleet, Postmortems.NONE);
      int tenants = 2_000;
      Map<String, Integer> share = new HashMap<>();
      for (int i = 0; i < tenants; i++) {
        share.merge(byAffinity(router, i), 1, Integer::sum);
      }
      int even = tenants / replicas;
      assertThat(share).hasSize(replicas);
      assertThat(share.values()).allMatch(n -> n > even * 0.8 && n < even * 1.2, "near " + even);
    }
  }

  @Test
  void onlyTheTenantsOfALostReplicaMove() {
    Fleet fleet = new Fleet(4);
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    List<String> before = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      before.add(byAffinity(router, i));
    }
    fleet.alive.remove(replica(2));
    Set<String> heirs = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      String after = byAffinity(router, i);
      if (before.get(i).equals("replica2")) {
        heirs.add(after);
      } else {
        assertThat(after).isEqualTo(before.get(i));
      }
    }
    assertThat(heirs).as("all others share what it had").hasSize(3);
  }

  @Test
  void aCallByAffinityGoesToTheNextWhenItsReplicaIsLost() {
    Fleet fleet = new Fleet(3);
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    String name = byAffinity(router, 1);
    ReplicaId first = new ReplicaId(DEPLOYMENT, name);
    fleet.dead.add(first);
    assertThat(byAffinity(router, 1)).doesNotStartWith(name);
    assertThat(fleet.lost).containsExactly(first);
  }

  /** The directory of a busy process may name a lost replica for a moment more. */
  @Test
  void aDirectoryThatStillNamesTheLostReplicaIsNoEndlessLoop() {
    Fleet fleet = new Fleet(1);
    fleet.forgetsTheLost = false;
    fleet.dead.add(replica(1));
    assertNoReplica(new Router(fleet, fleet, Postmortems.NONE));
    assertThat(fleet.called).hasSize(1);
  }

  @Test
  void aReplicaThatIsCutOffIsNotReportedLostAndAnotherAsked() {
    Fleet fleet = new Fleet(2);
    fleet.cutOff.add(replica(1));
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    for (int i = 0; i < 20; i++) {
      assertThat(call(router)).isEqualTo("replica2");
      assertThat(byAffinity(router, i)).isEqualTo("replica2");
    }
    assertThat(fleet.lost).isEmpty();
  }

  @Test
  void whereTheModelIsNotYetAnotherReplicaIsAsked() {
    Fleet fleet = new Fleet(3);
    fleet.empty.addAll(List.of(replica(1), replica(2)));
    fleet.alive.remove(replica(2));
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    for (int i = 0; i < 20; i++) {
      assertThat(call(router)).isEqualTo("replica3");
    }
    assertThat(fleet.lost).isEmpty();
    fleet.alive.remove(replica(3));
    assertThat(router.predict(DEPLOYMENT, new PredictCall(tenant(1), ROWS), deadline).join())
        .isInstanceOf(NotHere.class);
  }

  @Test
  void whoIsAwayIsNotAskedUntilItIsBack() {
    Fleet fleet = new Fleet(3);
    fleet.away.add(replica(2));
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    for (int i = 0; i < 100; i++) {
      assertThat(call(router)).isNotEqualTo("replica2");
      assertThat(byAffinity(router, i)).isNotEqualTo("replica2");
    }
    fleet.away.addAll(List.of(replica(1), replica(3)));
    assertNoReplica(router);
    fleet.away.remove(replica(2));
    assertThat(call(router)).isEqualTo("replica2");
  }

  private void assertNoReplica(Router router) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> call(router))
        .withMessage("no replica of Deploymentx is alive")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.NO_REPLICA);
  }

  private static final RunningPrediction CULPRIT =
      new RunningPrediction(new ModelRef(tenant(1), new ModelVersion(4)), ROWS.fingerprint());

  private static Postmortems all(Postmortem found) {
    return replica -> CompletableFuture.completedFuture(Optional.of(found));
  }

  private static ModelCrashedException crash(CompletableFuture<PredictReply> answer) {
    return (ModelCrashedException)
        assertThrowsExactly(CompletionException.class, answer::join).getCause();
  }

  @Test
  void aCallThatEndedItsReplicaIsNotMadeAgain() {
    Fleet fleet = new Fleet(5);
    IntStream.rangeClosed(1, 5).forEach(i -> fleet.dead.add(replica(i)));
    Postmortem found = new Postmortem(Optional.of(CULPRIT), List.of());
    Router router = new Router(fleet, fleet, all(found));

    PredictCall call = new PredictCall(tenant(1), ROWS);
    assertThat(crash(router.predict(DEPLOYMENT, call, deadline)).culprit()).contains(CULPRIT);
    assertThat(fleet.called).hasSize(1);
  }

  @Test
  void whoeverElseWasInTheReplicaIsAnsweredByAnother() {
    Fleet fleet = new Fleet(2);
    fleet.dead.add(replica(1));
    Postmortem found =
        new Postmortem(
            Optional.of(CULPRIT),
            List.of(
                new RunningPrediction(
                    new ModelRef(tenant(2), new ModelVersion(1)), ROWS.fingerprint())));
    Router router = new Router(fleet, fleet, all(found));

    for (int tenant = 2; tenant <= 3; tenant++) {
      PredictCall call = new PredictCall(tenant(tenant), ROWS);
      assertThat(name(router.predict(DEPLOYMENT, call, deadline))).isEqualTo("replica2");
    }
  }

  @Test
  void aCallThatRanInTwoKilledReplicasIsNotMadeAThirdTime() {
    Fleet fleet = new Fleet(5);
    IntStream.rangeClosed(1, 5).forEach(i -> fleet.dead.add(replica(i)));
    Postmortem found = new Postmortem(Optional.empty(), List.of(CULPRIT));
    Router router = new Router(fleet, fleet, all(found));

    PredictCall call = new PredictCall(tenant(1), ROWS);
    assertThat(crash(router.predict(DEPLOYMENT, call, deadline)).culprit()).contains(CULPRIT);
    assertThat(fleet.called).hasSize(2);
  }

  @Test
  void aCallIsMadeThreeTimesAtMostWhenNobodyCanTellWhatItDid() {
    Fleet fleet = new Fleet(5);
    IntStream.rangeClosed(1, 5).forEach(i -> fleet.dead.add(replica(i)));
    Router router = new Router(fleet, fleet, Postmortems.NONE);
    PredictCall call = new PredictCall(tenant(1), ROWS);

    var first = router.predict(DEPLOYMENT, call, deadline);
    assertThat(first).isCompletedExceptionally();
    assertThat(crash(router.predict(DEPLOYMENT, call, deadline)).culprit()).isEmpty();
    assertThat(fleet.called).hasSize(3);
  }

  @Test
  void aReplicaThatWasNeverReachedIsNoReasonToAskWhatItDid() {
    Fleet fleet = new Fleet(2);
    fleet.cutOff.add(replica(1));
    Router router =
        new Router(
            fleet,
            fleet,
            replica -> {
              throw new AssertionError("asked");
            });
    for (int i = 0; i < 10; i++) {
      assertThat(call(router)).isEqualTo("replica2");
    }
  }
}
