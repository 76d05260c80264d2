package io.manymodels.loading;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoadFailuresTest {
  private final FakeTicker ticker = new FakeTicker();
  private final LoadFailures<String> failures = new LoadFailures<>(ticker);

  private Duration pauseAfter(ErrorCode code) {
    failures.remember("a", new ServingException(code, "why"));
    Duration waited = Duration.ZERO;
    while (failures.pausing("a").isPresent()) {
      ticker.advance(Duration.ofSeconds(1));
      waited = waited.plusSeconds(1);
    }
    return waited;
  }

  @Test
  void aBrokenModelIsTriedMoreAndMoreSeldom() {
    assertThat(pauseAfter(ErrorCode.LOAD_FAILED)).isEqualTo(Duration.ofSeconds(1));
    assertThat(pauseAfter(ErrorCode.LOAD_FAILED)).isEqualTo(Duration.ofSeconds(2));
    assertThat(pauseAfter(ErrorCode.LOAD_FAILED)).isEqualTo(Duration.ofSeconds(4));
    for (int i = 0; i < 4; i++) {
      pauseAfter(ErrorCode.LOAD_FAILED);
    }
    assertThat(pauseAfter(ErrorCode.LOAD_FAILED)).isEqualTo(Duration.ofSeconds(60));
  }

  @ParameterizedTest
  @EnumSource(names = {"MODEL_NOT_FOUND", "STORE_UNAVAILABLE", "OVERLOADED"})
  void whatIsNoFaultOfTheModelIsTriedEverySecond(ErrorCode code) {
    for (int i = 0; i < 5; i++) {
      assertThat(pauseAfter(code)).isEqualTo(Duration.ofSeconds(1));
    }
  }
}
