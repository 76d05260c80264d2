package io.manymodels.placing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReconcilePaceTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final FakeTicker ticker = new FakeTicker();
  private final ReconcilePace pace = new ReconcilePace(ticker);

  @Test
  void itBeginsAtOnceAndGoesOnAtTheInterval() {
    assertThat(pace.due()).isTrue();
    pace.begin(SECOND);
    assertThat(pace.next().remaining()).isEqualTo(SECOND);
    assertThat(pace.due()).isFalse();
    ticker.advance(SECOND);
    assertThat(pace.due()).isTrue();
  }

  @Test
  void atRestItWaitsUntilSomebodyAsks() {
    pace.begin(SECOND);
    pace.rest();
    assertThat(pace.next().remaining()).isEqualTo(ReconcilePace.SELDOM);
    assertThat(pace.due()).as("asked for too soon").isFalse();
    assertThat(pace.next().remaining()).as("but as soon as it may be").isEqualTo(SECOND);
    ticker.advance(SECOND);
    assertThat(pace.due()).isTrue();
  }

  @Test
  void aLongIntervalIsNotMadeShorterByRest() {
    pace.begin(Duration.ofMinutes(1));
    pace.rest();
    assertThat(pace.next().remaining()).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void whoIsInAHurryDoesNotWait() {
    pace.begin(SECOND);
    pace.rest();
    pace.hurry();
    assertThat(pace.next().passed()).isTrue();
    assertThat(pace.due()).isTrue();
  }
}
