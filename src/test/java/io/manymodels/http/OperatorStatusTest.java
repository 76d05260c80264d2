package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.manymodels.access.GateStatus;
import io.manymodels.json.StatusJson;
import io.manymodels.testing.Samples;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OperatorStatusTest {

  static OperatorStatus status(String... refusals) {
    List<StatusJson.Overflow> replicas =
        IntStream.range(0, refusals.length)
            .mapToObj(
                i ->
                    new StatusJson.Overflow(
                        "Deploymentx",
                        "Deploymentx#" + i,
                        3,
                        120_000,
                        10,
                        128,
                        refusals[i],
                        StatusJson.Loading.of(Samples.report().loading())))
            .toList();
    return OperatorStatus.of(
        StatusJson.of(Samples.status(), "", "SharedMemory"),
        replicas,
        Optional.empty(),
        List.of(),
        GateStatus.OPEN);
  }

  @Test
  void aCallersFileThatIsNotInForceIsToldAmongTheRefused() {
    GateStatus access = new GateStatus("callers", 1, List.of(), "callers file refused: wrong");
    OperatorStatus status =
        OperatorStatus.of(
            StatusJson.of(Samples.status(), "", "SharedMemory"),
            List.of(),
            Optional.empty(),
            List.of(),
            access);
    assertThat(status.refused()).contains(entry("callers", "callers file refused: wrong"));
    assertThat(status.access()).isEqualTo(access);
  }

  @Test
  void aRefusedConfigCountsOncePerDeploymentHoweverManyReplicasRefuseIt() {
    OperatorStatus good = status("", "");
    OperatorStatus bad = status("key 'capacity': wrong", "key 'capacity': wrong", "");

    assertThat(good.refused()).doesNotContainKey("Deploymentx");
    assertThat(bad.refused()).contains(entry("Deploymentx", "key 'capacity': wrong"));
    assertThat(bad.refused()).hasSize(good.refused().size() + 1);
    assertThat(Metrics.write(bad, Optional.empty()).text())
        .contains("mms_user_configs_refused " + (good.refused().size() + 1) + ".0\n");
  }

  @Test
  void everyReasonIsTold() {
    assertThat(status("key 'b': wrong", "key 'a': wrong", "key 'b': wrong").refused())
        .contains(entry("Deploymentx", "key 'a': wrong; key 'b': wrong"));
  }
}
