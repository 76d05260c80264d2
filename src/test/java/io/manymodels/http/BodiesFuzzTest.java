package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.Set;

/** Bodies of requests are read, or refused with a problem that names the place; nothing else. */
class BodiesFuzzTest {
  private static final DispatcherConfig LIMITS =
      new DispatcherConfig(1 << 16, 100, 1_000, 10_000, 2_000, 60, 32, 100);
  private static final Set<ErrorCode> REFUSALS =
      Set.of(ErrorCode.INVALID_INPUT, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.INPUT_MISMATCH);

  private static void readOrRefused(Runnable read) {
    try {
      read.run();
    } catch (ServingException e) {
      assertThat(e.code()).isIn(REFUSALS);
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @FuzzTest(maxDuration = "60s")
  void score(byte[] input) {
    String body = new String(input, UTF_8);
    readOrRefused(
        () -> {
          ScoreBody.Parsed parsed = ScoreBody.parse(Body.of(input, input.length), LIMITS);
          assertThat(parsed.rows().count()).isBetween(1, LIMITS.maxRows());
          assertThat(parsed.rows().values()).isLessThanOrEqualTo(LIMITS.maxValues());
        });
    readOrRefused(() -> PoolBody.parse(body));
    readOrRefused(() -> RefreshBody.parse(body));
  }
}
