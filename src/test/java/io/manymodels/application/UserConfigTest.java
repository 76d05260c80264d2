package io.manymodels.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.OverflowConfig;
import io.manymodels.json.UserConfigJson;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserConfigTest {
  private final List<OverflowConfig> taken = new ArrayList<>();
  private final UserConfig<OverflowConfig> config =
      new UserConfig<>("Deploymentx", OverflowConfig.DEFAULT, UserConfigJson::overflow, taken::add);

  @Test
  void aValidOneReplacesTheOld() {
    config.offer("{\"capacity\":5}");
    assertThat(config.current().capacity()).isEqualTo(5);
    assertThat(taken).containsExactly(config.current());
    assertThat(config.refusal()).isEmpty();
    config.offer(null);
    assertThat(config.current()).as("nothing is the default").isEqualTo(OverflowConfig.DEFAULT);
  }

  @Test
  void anInvalidOneIsRefusedAndRemembered() {
    config.offer("{\"capacity\":5}");
    config.offer("{\"capacity\":0}");
    assertThat(config.current().capacity()).isEqualTo(5);
    assertThat(taken).hasSize(1);
    assertThat(config.refusal())
        .contains(
            "user_config refused, the previous one stays in force: key 'capacity': 0 is not in"
                + " 1..1000000");
    config.offer(new Object());
    assertThat(config.refusal()).isPresent();
    config.offer("{\"capacity\":6}");
    assertThat(config.refusal()).isEmpty();
  }

  @Test
  void oneThatCannotBePutInForceIsRefusedToo() {
    UserConfig<Integer> failing =
        new UserConfig<>(
            "D",
            1,
            Integer::valueOf,
            number -> {
              throw new IllegalStateException("no threads");
            });
    failing.offer("2");
    assertThat(failing.current()).isOne();
    assertThat(failing.refusal()).isPresent();
  }
}
