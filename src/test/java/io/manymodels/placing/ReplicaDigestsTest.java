package io.manymodels.placing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.FakeReplicas;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicaDigestsTest {
  private final FakeReplicas replicas = new FakeReplicas(new FakeModels(), Ticker.SYSTEM);
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final Map<ReplicaId, CompletableFuture<Long>> answers = new ConcurrentHashMap<>();
  private final Map<ReplicaId, AtomicInteger> asked = new ConcurrentHashMap<>();
  private final AtomicInteger changes = new AtomicInteger();
  private final ReplicaDigests digests =
      new ReplicaDigests(
          replicas, List.of("Deployment1", "Deployment2"), this::digest, clock, Ticker.SYSTEM);

  @AfterEach
  void close() {
    clock.shutdownNow();
    replicas.close();
  }

  private CompletableFuture<Long> digest(ReplicaId replica, Deadline deadline) {
    assertThat(deadline.passed()).isFalse();
    asked.computeIfAbsent(replica, r -> new AtomicInteger()).incrementAndGet();
    return answers.getOrDefault(
        replica, CompletableFuture.failedFuture(new IllegalStateException("silent")));
  }

  private ReplicaId start(String deployment, long digest) {
    ReplicaId replica = replicas.start(deployment, HotConfig.DEFAULT);
    answers.put(replica, CompletableFuture.completedFuture(digest));
    return replica;
  }

  @Test
  void everyReplicaIsAskedAgainAndAgainAndChangesAreTold() {
    ReplicaId one = start("Deployment1", 1);
    digests.start(changes::incrementAndGet);
    Eventually.holds("it is heard", () -> digests.of(one).equals(OptionalLong.of(1)));
    ReplicaId later = start("Deployment2", 2);
    Eventually.holds("it is heard", () -> digests.of(later).equals(OptionalLong.of(2)));
    int before = changes.get();
    assertThat(before).isEqualTo(2);
    answers.put(one, CompletableFuture.completedFuture(3L));
    Eventually.holds("it is heard", () -> digests.of(one).equals(OptionalLong.of(3)));
    int sofar = asked.get(one).get();
    Eventually.holds("it is asked again", () -> asked.get(one).get() > sofar);
    assertThat(changes).as("told once").hasValue(before + 1);
  }

  @Test
  void aReplicaThatDoesNotAnswerHasNoDigestAndThatIsTold() {
    ReplicaId one = start("Deployment1", 1);
    digests.start(changes::incrementAndGet);
    Eventually.holds("it is heard", () -> digests.of(one).isPresent());
    answers.remove(one);
    Eventually.holds("it is silent", () -> digests.of(one).isEmpty());
    assertThat(changes).hasValue(2);
    digests.told(one, 5);
    assertThat(digests.of(one)).as("nothing would tell when it changes").isEmpty();
  }

  @Test
  void aReportTellsTheDigestBeforeTheNextTimeItIsAskedFor() {
    ReplicaId one = start("Deployment1", 1);
    digests.start(changes::incrementAndGet);
    Eventually.holds("it is heard", () -> digests.of(one).isPresent());
    answers.put(one, CompletableFuture.completedFuture(4L));
    digests.told(one, 4);
    assertThat(digests.of(one)).hasValue(4);
  }

  @Test
  void beforeItIsStartedNothingIsKnown() {
    ReplicaId one = start("Deployment1", 1);
    digests.told(one, 1);
    assertThat(digests.of(one)).isEmpty();
    assertThat(asked).isEmpty();
  }

  @Test
  void aReplicaThatLeftIsForgotten() {
    ReplicaId one = start("Deployment1", 1);
    digests.start(changes::incrementAndGet);
    Eventually.holds("it is heard", () -> digests.of(one).isPresent());
    replicas.kill(one);
    replicas.reportLost(one);
    Eventually.holds("it is forgotten", () -> digests.of(one).isEmpty());
  }
}
