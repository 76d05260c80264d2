package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IngressRequestTest {
  private final FakeTicker ticker = new FakeTicker();

  private long remaining(Map<String, String> headers, long receivedMillis) {
    return new IngressRequest("POST", "/score", "", headers, "x", receivedMillis, Body.of(""))
        .deadline(10_000, ticker)
        .remainingMillis();
  }

  @Test
  void withoutAWishTheLongestIsTheDeadline() {
    assertThat(remaining(Map.of(), 0)).isEqualTo(10_000);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "250, 250",
    "' 250 ', 250",
    "00250, 250",
    "10000, 10000",
    "10001, 10000",
    "999999999999999999, 10000",
  })
  void theClientsWishIsCapped(String wish, long expected) {
    assertThat(remaining(Map.of("x-request-timeout-ms", wish), 0)).isEqualTo(expected);
  }

  @Test
  void theTimeOnTheWayCounts() {
    long now = ticker.now().toEpochMilli();
    assertThat(remaining(Map.of(), now - 400)).isEqualTo(9_600);
    assertThat(remaining(Map.of(), now - 20_000)).isZero();
    assertThat(remaining(Map.of(), 1)).isZero();
    assertThat(remaining(Map.of(), now + 5_000)).as("another clock").isEqualTo(10_000);
    ticker.advance(Duration.ofSeconds(3));
    assertThat(remaining(Map.of(), now)).isEqualTo(7_000);
  }
}
