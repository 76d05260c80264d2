package io.manymodels.deployment;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.routing.Postmortem;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.testing.Eventually;
import io.manymodels.transport.EventLoops;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class NodePostmortemsTest {
  private static final ReplicaId LOST = new ReplicaId("Deployment1", "lost");
  private static final ReplicaId NEAR = new ReplicaId("Deployment1", "near");
  private static final ReplicaId FROZEN = new ReplicaId("Deployment2", "frozen");
  private static final RunningPrediction RUNNING =
      new RunningPrediction(new ModelRef(tenant(1), new ModelVersion(1)), 7);
  private static final Postmortem ALIVE = new Postmortem(Optional.empty(), List.of(RUNNING));
  private static final Postmortem CRASHED = new Postmortem(Optional.of(RUNNING), List.of());

  private final EventLoops loops = EventLoops.start("test-postmortems", 1);
  private final CompletableFuture<Optional<Postmortem>> late = new CompletableFuture<>();
  private final List<RunningPrediction> crashes = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    late.complete(Optional.empty());
    loops.close();
  }

  private NodePostmortems asking(Postmortem found, ReplicaId... neighbours) {
    return new NodePostmortems(
        (neighbour, lost, deadline) -> neighbour.equals(FROZEN) ? late.join() : Optional.of(found),
        lost -> List.of(neighbours),
        crashes::add,
        loops.clock());
  }

  @Test
  void aNeighbourThatSaysNothingDoesNotKeepTheOtherFromTelling() {
    assertThat(asking(ALIVE, FROZEN, NEAR).of(LOST).join()).contains(ALIVE);
    assertThat(crashes).isEmpty();
  }

  @Test
  void nobodyWaitsForNeighboursThatSayNothing() {
    CompletableFuture<Optional<Postmortem>> answer = asking(ALIVE, FROZEN, FROZEN).of(LOST);
    assertThat(answer.join()).isEmpty();
    assertThat(late).isNotDone();
  }

  @Test
  void withoutNeighboursNobodyCanTell() {
    assertThat(asking(ALIVE).of(LOST)).isCompletedWithValue(Optional.empty());
  }

  @RepeatedTest(100)
  void aCrashIsToldOnceAndRemembered() {
    NodePostmortems postmortems = asking(CRASHED, NEAR, NEAR);
    assertThat(postmortems.of(LOST).join()).contains(CRASHED);
    assertThat(postmortems.of(LOST).join()).contains(CRASHED);
    assertThat(crashes).containsExactly(RUNNING);
  }

  @Test
  void aCrashIsRememberedWhenNobodyWouldWaitAnyLonger() throws Exception {
    NodePostmortems postmortems = asking(CRASHED, NEAR, FROZEN);
    assertThat(postmortems.of(LOST).join()).contains(CRASHED);
    // The clock has one thread: what it was to do before is done by then.
    loops.clock().schedule(() -> {}, 301, TimeUnit.MILLISECONDS).get();
    assertThat(postmortems.of(LOST).join()).contains(CRASHED);
    assertThat(crashes).containsExactly(RUNNING);
  }

  @Test
  void aCrashThatIsFoundLateIsToldAllTheSame() {
    assertThat(asking(ALIVE, FROZEN).of(LOST).join()).isEmpty();
    late.complete(Optional.of(CRASHED));
    Eventually.holds("it is told", () -> crashes.equals(List.of(RUNNING)));
  }

  @Test
  void oneThatLivesIsAskedAboutAgain() {
    NodePostmortems postmortems = asking(ALIVE, NEAR);
    CompletableFuture<Optional<Postmortem>> first = postmortems.of(LOST);
    assertThat(first.join()).contains(ALIVE);
    Eventually.holds("it is forgotten", () -> postmortems.of(LOST) != first);
  }
}
