package io.manymodels.routing;

import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.tensor.Rows;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PredictCallTest {
  private static final Rows ROWS = Rows.matrix(1, 1, new double[] {7});
  private static final RunningPrediction THIS =
      new RunningPrediction(ref(tenant(1).value(), 1), ROWS.fingerprint());
  private static final RunningPrediction OTHER =
      new RunningPrediction(ref("other", 1), ROWS.fingerprint());

  private final PredictCall call = new PredictCall(tenant(1), ROWS);

  private static ReplicaId replica(int number) {
    return new ReplicaId("Deploymentx", "replica#" + number);
  }

  private void lost(int replica, Optional<RunningPrediction> crashed, RunningPrediction... others) {
    call.lost(replica(replica), false, Optional.of(new Postmortem(crashed, List.of(others))));
  }

  private void assertBlamed(Optional<RunningPrediction> crashed, int replica) {
    assertThatExceptionOfType(ModelCrashedException.class)
        .isThrownBy(() -> lost(replica, crashed, THIS))
        .satisfies(e -> assertThat(e.culprit()).contains(THIS));
  }

  @Test
  void theRequestThatEndedAReplicaIsToBlameAtOnce() {
    assertBlamed(Optional.of(THIS), 1);
  }

  @Test
  void theRequestBesideItIsNot() {
    lost(1, Optional.of(OTHER), THIS);
    lost(2, Optional.of(OTHER));
  }

  @Test
  void theRequestThatTwoLostReplicasWereRunningIsToBlame() {
    lost(1, Optional.empty(), THIS);
    assertBlamed(Optional.empty(), 2);
  }

  /** It was asked again through Ray, which had not noticed yet that it was gone. */
  @Test
  void theSameReplicaLostAgainIsOneLoss() {
    lost(1, Optional.of(OTHER), THIS);
    lost(1, Optional.of(OTHER), THIS);
    lost(1, Optional.empty(), THIS);
    assertBlamed(Optional.empty(), 2);
  }

  @Test
  void lossesThatNobodyCanExplainEndTheRequestAtTheThirdReplica() {
    for (int again = 0; again < 5; again++) {
      call.lost(replica(1), false, Optional.empty());
    }
    call.lost(replica(2), false, Optional.empty());
    assertThatExceptionOfType(ModelCrashedException.class)
        .isThrownBy(() -> call.lost(replica(3), false, Optional.empty()))
        .satisfies(e -> assertThat(e.culprit()).isEmpty());
  }

  private void silent(int replica, RunningPrediction... running) {
    call.lost(
        replica(replica), true, Optional.of(new Postmortem(Optional.empty(), List.of(running))));
  }

  /** It may be its slow machine: so it is not sent through all replicas, and not accused either. */
  @Test
  void runningInTwoSilentReplicasEndsTheRequestWithoutBlame() {
    silent(1, THIS);
    assertThatExceptionOfType(ModelCrashedException.class)
        .isThrownBy(() -> silent(2, THIS))
        .satisfies(e -> assertThat(e.culprit()).isEmpty());
  }

  @Test
  void runningInASilentReplicaAndInADeadOneIsNoBlameYet() {
    silent(1, THIS);
    assertThatExceptionOfType(ModelCrashedException.class)
        .isThrownBy(() -> lost(2, Optional.empty(), THIS))
        .satisfies(e -> assertThat(e.culprit()).isEmpty());
  }

  @Test
  void waitingInSilentReplicasIsNoReasonNotToAskAgain() {
    for (int replica = 1; replica <= 5; replica++) {
      silent(replica, OTHER);
    }
  }

  @Test
  void aSilentReplicaWhoseLogNamesTheRequestWasEndedByIt() {
    assertThatExceptionOfType(ModelCrashedException.class)
        .isThrownBy(
            () ->
                call.lost(
                    replica(1), true, Optional.of(new Postmortem(Optional.of(THIS), List.of()))))
        .satisfies(e -> assertThat(e.culprit()).contains(THIS));
  }
}
