package io.manymodels.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.function.Consumer;

/**
 * A user_config is taken, or refused in one line; a replica whose reconfigure throws is stopped.
 */
class UserConfigFuzzTest {
  private static final List<Consumer<String>> PARSERS =
      List.of(
          UserConfigJson::hot,
          UserConfigJson::overflow,
          UserConfigJson::dispatcher,
          UserConfigJson::placement,
          UserConfigJson::application);

  @FuzzTest(maxDuration = "60s")
  void userConfig(byte[] input) {
    String json = new String(input, UTF_8);
    for (Consumer<String> parser : PARSERS) {
      try {
        parser.accept(json);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
      }
    }
  }
}
