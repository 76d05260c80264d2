package io.manymodels.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** All of it across the overflow of the nanoseconds, two seconds after the ticker's start. */
class DeadlineTest {
  private final FakeTicker ticker = new FakeTicker();

  @Test
  void passesWhenItsTimeHasCome() {
    Deadline deadline = ticker.in(Duration.ofSeconds(5));
    assertThat(deadline.remaining()).isEqualTo(Duration.ofSeconds(5));
    ticker.advance(Duration.ofSeconds(5).minusNanos(1));
    assertThat(deadline.passed()).isFalse();
    assertThat(deadline.remainingMillis()).as("rounded up").isOne();
    ticker.advance(Duration.ofNanos(1));
    assertThat(deadline.passed()).isTrue();
    assertThat(deadline.remainingMillis()).isZero();
    assertThat(deadline.remaining()).isZero();
    ticker.advance(Duration.ofHours(1));
    assertThat(deadline.passed()).isTrue();
  }

  @Test
  void aNegativeWaitHasPassed() {
    assertThat(ticker.in(Duration.ofMillis(-1)).passed()).isTrue();
    assertThat(ticker.in(Duration.ZERO).passed()).isTrue();
  }

  @Test
  void theEarlierOfTwoCounts() {
    Deadline deadline = ticker.in(Duration.ofSeconds(3));
    assertThat(deadline.atMost(Duration.ofSeconds(1)).remainingMillis()).isEqualTo(1_000);
    assertThat(deadline.atMost(Duration.ofSeconds(9)).remainingMillis()).isEqualTo(3_000);
    ticker.advance(Duration.ofSeconds(2));
    assertThat(deadline.atMost(Duration.ofSeconds(2)).remainingMillis()).isEqualTo(1_000);
  }

  @Test
  void oneIsBeforeAnotherThatPassesLater() {
    Deadline deadline = ticker.in(Duration.ofSeconds(3));
    assertThat(deadline.isBefore(deadline.plus(Duration.ofNanos(1)))).isTrue();
    assertThat(deadline.isBefore(deadline)).isFalse();
    assertThat(ticker.in(Duration.ofSeconds(4)).isBefore(deadline)).isFalse();
  }
}
