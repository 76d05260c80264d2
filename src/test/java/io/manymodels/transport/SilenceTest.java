package io.manymodels.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import io.manymodels.transport.Silence.Step;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SilenceTest {
  private static final Duration CHECK = Duration.ofMillis(20);

  private final FakeTicker ticker = new FakeTicker();
  private final Silence process = new Silence(Silence.Limits.PROCESS, ticker);
  private final Silence loop = new Silence(Silence.Limits.EVENT_LOOP, ticker);

  /** Checks until {@code step} comes, and returns how long that took. */
  private Duration until(Step step, Silence silence, boolean waiting) {
    long start = ticker.nanos();
    Step last = Step.NOTHING;
    while (last != step) {
      assertThat(ticker.nanos() - start).as("%s", step).isLessThan(20_000_000_000L);
      ticker.advance(CHECK);
      last = silence.check(waiting);
    }
    return Duration.ofNanos(ticker.nanos() - start);
  }

  @Test
  void aStoppedProcessIsNoticedWithinThreeTenthsOfASecondWhileCallsWait() {
    for (int phase = 0; phase < 20; phase++) {
      Silence silence = new Silence(Silence.Limits.PROCESS, ticker);
      ticker.advance(Duration.ofMillis(phase));
      assertThat(until(Step.SILENT, silence, true).plusMillis(phase))
          .isLessThanOrEqualTo(Duration.ofMillis(300));
      assertThat(silence.silent()).isTrue();
    }
  }

  @Test
  void itIsAskedBeforeItIsSilent() {
    assertThat(until(Step.ASK, process, true)).isEqualTo(Duration.ofMillis(100));
    assertThat(process.asked()).isTrue();
    process.heard();
    assertThat(process.asked()).isFalse();
    assertThat(until(Step.ASK, process, false))
        .isBetween(Duration.ofMillis(900), CHECK.plusMillis(900));
  }

  @Test
  void anEventLoopGetsASecond() {
    assertThat(until(Step.SILENT, loop, true))
        .isBetween(Duration.ofSeconds(1), Duration.ofMillis(1_060));
  }

  @Test
  void aStallOfThisProcessIsNotTakenForOneOfTheOther() {
    until(Step.ASK, process, true);
    for (int i = 0; i < 3; i++) {
      ticker.advance(Duration.ofSeconds(5));
      assertThat(process.check(true)).isEqualTo(Step.NOTHING);
    }
    assertThat(process.silent()).isFalse();
    assertThat(until(Step.SILENT, process, true)).isLessThanOrEqualTo(Duration.ofMillis(60));
  }

  @Test
  void oneThatAnswersInTimeIsNeverSilent() {
    Random random = new Random(20);
    for (int i = 0; i < 2_000; i++) {
      until(Step.ASK, process, random.nextBoolean());
      for (int checks = random.nextInt(7); checks > 0; checks--) {
        ticker.advance(Duration.ofMillis(random.nextInt(21)));
        assertThat(process.check(true)).isEqualTo(Step.NOTHING);
      }
      process.heard();
    }
  }

  @Test
  void patienceWithOneThatIsOnlySlowDoublesForAMinute() {
    Duration first = until(Step.SILENT, process, true);
    process.heard();
    Duration second = until(Step.SILENT, process, true);
    assertThat(second.minus(first)).isBetween(Duration.ofMillis(130), Duration.ofMillis(170));
    for (int i = 0; i < 10; i++) {
      process.heard();
      assertThat(until(Step.SILENT, process, true)).isLessThan(Duration.ofSeconds(1));
    }
    process.heard();
    for (int i = 0; i < 70; i++) {
      ticker.advance(Duration.ofSeconds(1));
      process.heard();
    }
    assertThat(until(Step.SILENT, process, true)).isEqualTo(first);
  }

  @Test
  void oneThatWasStoppedForLongWasNotOnlySlow() {
    Duration first = until(Step.SILENT, process, true);
    for (int i = 0; i < 60; i++) {
      ticker.advance(CHECK);
      process.check(true);
    }
    process.heard();
    assertThat(until(Step.SILENT, process, true)).isEqualTo(first);
  }

  @Test
  void afterTenSecondsItIsGivenUp() {
    until(Step.SILENT, process, true);
    assertThat(until(Step.GIVE_UP, process, false))
        .isBetween(Duration.ofSeconds(9), Duration.ofSeconds(11));
  }
}
