package io.manymodels.loading;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.loading.LoadRecords.AbandonedLoad;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoadPausesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T08:15:00Z");

  private static Optional<Duration> left(boolean greedy, long... secondsAgo) {
    List<AbandonedLoad> deaths =
        IntStream.range(0, secondsAgo.length)
            .mapToObj(i -> new AbandonedLoad("" + i, NOW.minusSeconds(secondsAgo[i]), greedy))
            .toList();
    return LoadPauses.left(deaths, NOW);
  }

  @Test
  void withoutADeathThereIsNoPause() {
    assertThat(left(true)).isEmpty();
  }

  @Test
  void oneDeathCountsOnlyWhereTheMemoryHadShrunk() {
    assertThat(left(false, 2)).isEmpty();
    assertThat(left(true, 2)).contains(Duration.ofSeconds(8));
    assertThat(left(false, 2, 2)).contains(Duration.ofSeconds(58));
  }

  @Test
  void thePauseGrowsWithEveryDeathAndBeginsWithTheLast() {
    assertThat(left(true, 30, 20)).contains(Duration.ofSeconds(40));
    assertThat(left(true, 30, 20, 400)).contains(Duration.ofSeconds(580));
    assertThat(left(true, 30, 20, 400, 900)).contains(Duration.ofSeconds(580));
  }

  @Test
  void afterThePauseTheModelIsTriedAgain() {
    assertThat(left(true, 11)).isEmpty();
    assertThat(left(true, 70, 61)).isEmpty();
  }

  @Test
  void aClockThatWasSetBackDoesNotLengthenThePause() {
    assertThat(left(true, -3600)).isEmpty();
  }
}
