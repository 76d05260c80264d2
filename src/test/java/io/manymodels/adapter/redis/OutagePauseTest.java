package io.manymodels.adapter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OutagePauseTest {
  private static final Duration LENGTH = Duration.ofSeconds(1);
  private final FakeTicker ticker = new FakeTicker();
  private final OutagePause pause = new OutagePause(LENGTH, ticker);

  @Test
  void everybodyMayTryAServerThatAnswers() {
    assertThat(pause.reasonNotToTry()).isEmpty();
    assertThat(pause.reasonNotToTry()).isEmpty();
    assertThat(pause.leftNanos()).isZero();
  }

  @Test
  void afterThePauseOneTriesForAll() {
    pause.begin("is away");
    assertThat(pause.reasonNotToTry()).contains("is away");
    ticker.advance(LENGTH.minusNanos(1));
    assertThat(pause.leftNanos()).isEqualTo(1);
    assertThat(pause.reasonNotToTry()).contains("is away");
    ticker.advance(Duration.ofNanos(1));
    assertThat(pause.reasonNotToTry()).isEmpty();
    assertThat(pause.reasonNotToTry()).contains("is away");
    pause.end();
    assertThat(pause.reasonNotToTry()).isEmpty();
  }

  @Test
  void oneThatTriedAndNeverReportedIsFollowedByAnother() {
    pause.begin("is away");
    ticker.advance(LENGTH);
    assertThat(pause.reasonNotToTry()).isEmpty();
    ticker.advance(LENGTH);
    assertThat(pause.reasonNotToTry()).isEmpty();
  }

  @Test
  void aFailedTryBeginsThePauseAnew() {
    pause.begin("is away");
    ticker.advance(LENGTH);
    assertThat(pause.reasonNotToTry()).isEmpty();
    ticker.advance(LENGTH.dividedBy(2));
    pause.begin("hangs");
    ticker.advance(LENGTH.minusNanos(1));
    assertThat(pause.reasonNotToTry()).contains("hangs");
  }
}
