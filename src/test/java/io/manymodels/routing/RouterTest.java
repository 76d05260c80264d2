package io.manymodels.routing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.FakeTicker;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final String DEPLOYMENT = "Deploymentx";

  /** Names replicas, and answers with the name of the one that was called. */
  private static final class Fleet implements ReplicaDirectory, ReplicaClient {
    private final List<ReplicaId> alive = new CopyOnWriteArrayList<>();
    private final List<ReplicaId> lost = new CopyOnWriteArrayList<>();
    private final List<ReplicaId> called = new CopyOnWriteArrayList<>();
    private final Set<ReplicaId> dead = new HashSet<>();
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
    public byte[] call(ReplicaId replica, String method, byte[] argument, Deadline deadline) {
      called.add(replica);
      if (deadline.passed()) {
        throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, "too late");
      }
      if (dead.contains(replica)) {
        throw new ReplicaLostException(replica, new IllegalStateException("dead"));
      }
      return (replica.name() + " " + method + " " + new String(argument, UTF_8)).getBytes(UTF_8);
    }
  }

  private final FakeTicker ticker = new FakeTicker();
  private final Deadline deadline = ticker.in(Duration.ofSeconds(1));

  private static ReplicaId replica(int number) {
    return new ReplicaId(DEPLOYMENT, "replica" + number);
  }

  private String call(Router router) {
    return new String(router.call(DEPLOYMENT, "predict", "x".getBytes(UTF_8), deadline), UTF_8);
  }

  private String byAffinity(Router router, String affinity) {
    byte[] answer = router.callByAffinity(DEPLOYMENT, affinity, "m", new byte[0], deadline);
    return new String(answer, UTF_8);
  }

  @Test
  void passesMethodAndArgumentOn() {
    Fleet fleet = new Fleet(1);
    assertThat(call(new Router(fleet, fleet))).isEqualTo("replica1 predict x");
  }

  @Test
  void withoutAReplicaThereIsNoAnswer() {
    Fleet fleet = new Fleet(0);
    assertNoReplica(new Router(fleet, fleet));
    assertThat(fleet.called).isEmpty();
  }

  @Test
  void aLostReplicaIsReportedAndAnotherAsked() {
    Fleet fleet = new Fleet(2);
    fleet.dead.add(replica(1));
    Router router = new Router(fleet, fleet);
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
    assertNoReplica(new Router(fleet, fleet));
    assertThat(fleet.called).hasSize(2).doesNotHaveDuplicates();
    assertThat(fleet.lost).isEqualTo(fleet.called);
  }

  @Test
  void theOnlyReplicaIsNotAskedAgainOnceItIsLost() {
    Fleet fleet = new Fleet(1);
    fleet.dead.add(replica(1));
    assertNoReplica(new Router(fleet, fleet));
    assertThat(fleet.called).hasSize(1);
  }

  @Test
  void aReplicaThatFailsIsNotRetried() {
    Fleet fleet = new Fleet(2);
    ticker.advance(Duration.ofSeconds(2));
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> call(new Router(fleet, fleet)))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(fleet.called).hasSize(1);
    assertThat(fleet.lost).isEmpty();
  }

  @Test
  void theLessBusyOfTwoIsAsked() throws Exception {
    Fleet fleet = new Fleet(2);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    List<ReplicaId> busy = new CopyOnWriteArrayList<>();
    ReplicaClient holding =
        (replica, method, argument, until) -> {
          if (method.equals("hold")) {
            busy.add(replica);
            begun.countDown();
            awaitQuietly(release);
          }
          return fleet.call(replica, method, argument, until);
        };
    Router router = new Router(fleet, holding);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<byte[]> held =
          threads.submit(() -> router.call(DEPLOYMENT, "hold", new byte[0], deadline));
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 50; i++) {
        assertThat(call(router)).doesNotStartWith(busy.get(0).name());
      }
      release.countDown();
      assertThat(held.get(20, TimeUnit.SECONDS)).isNotEmpty();
    } finally {
      threads.shutdownNow();
    }
    Set<String> asked = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      asked.add(call(router));
    }
    assertThat(asked).as("both, when neither is busy").hasSize(2);
  }

  @Test
  void affinityIsStable() {
    Fleet fleet = new Fleet(4);
    Router router = new Router(fleet, fleet);
    Fleet reversed = new Fleet(0);
    for (int i = 4; i >= 1; i--) {
      reversed.alive.add(replica(i));
    }
    Router elsewhere = new Router(reversed, reversed);
    for (int i = 0; i < 100; i++) {
      String chosen = byAffinity(router, "tenant" + i);
      assertThat(byAffinity(router, "tenant" + i)).isEqualTo(chosen);
      assertThat(byAffinity(elsewhere, "tenant" + i)).isEqualTo(chosen);
    }
  }

  /** Ray names replicas of a deployment alike but for a suffix of one length. */
  @Test
  void affinitySpreadsTenantsEvenly() {
    for (int replicas = 2; replicas <= 5; replicas++) {
      Fleet fleet = new Fleet(replicas);
      Router router = new Router(fleet, fleet);
      int tenants = 2_000;
      Map<String, Integer> share = new HashMap<>();
      for (int i = 0; i < tenants; i++) {
        share.merge(byAffinity(router, "tenant" + i), 1, Integer::sum);
      }
      int even = tenants / replicas;
      assertThat(share).hasSize(replicas);
      assertThat(share.values()).allMatch(n -> n > even * 0.8 && n < even * 1.2, "near " + even);
    }
  }

  @Test
  void onlyTheTenantsOfALostReplicaMove() {
    Fleet fleet = new Fleet(4);
    Router router = new Router(fleet, fleet);
    List<String> before = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      before.add(byAffinity(router, "tenant" + i));
    }
    fleet.alive.remove(replica(2));
    Set<String> heirs = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      String after = byAffinity(router, "tenant" + i);
      if (before.get(i).startsWith("replica2 ")) {
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
    Router router = new Router(fleet, fleet);
    String name = byAffinity(router, "tenant1").split(" ", 2)[0];
    ReplicaId first = new ReplicaId(DEPLOYMENT, name);
    fleet.dead.add(first);
    assertThat(byAffinity(router, "tenant1")).doesNotStartWith(name);
    assertThat(fleet.lost).containsExactly(first);
  }

  /** The directory of a busy process may name a lost replica for a moment more. */
  @Test
  void aDirectoryThatStillNamesTheLostReplicaIsNoEndlessLoop() {
    Fleet fleet = new Fleet(1);
    fleet.forgetsTheLost = false;
    fleet.dead.add(replica(1));
    assertNoReplica(new Router(fleet, fleet));
    assertThat(fleet.called).hasSize(2);
  }

  private void assertNoReplica(Router router) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> call(router))
        .withMessage("no replica of Deploymentx is alive")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.NO_REPLICA);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
