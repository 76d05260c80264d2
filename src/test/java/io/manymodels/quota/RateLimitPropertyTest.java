package io.manymodels.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class RateLimitPropertyTest {

  /** Whatever is asked when: from the start on, never more than the burst and what came since. */
  @Property
  void theRateHoldsForEveryPattern(
      @ForAll @DoubleRange(min = 0.01, max = 100_000) double perSecond,
      @ForAll @DoubleRange(min = 1, max = 1_000) double burst,
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 1, max = 500) Integer> amounts,
      @ForAll @Size(min = 1, max = 60) List<@LongRange(max = 5_000_000_000L) Long> pauses) {
    FakeTicker ticker = new FakeTicker();
    RateLimit limit = new RateLimit(perSecond, burst, ticker);
    long taken = 0;
    long elapsed = 0;
    long largest = 0;
    for (int i = 0; i < amounts.size(); i++) {
      long pause = pauses.get(i % pauses.size());
      ticker.advance(Duration.ofNanos(pause));
      elapsed += pause;
      largest = Math.max(largest, amounts.get(i));
      if (limit.take(amounts.get(i)) == 0) {
        taken += amounts.get(i);
      }
      // One request may go into debt, by what it asks for more than the burst.
      double most = Math.max(1, Math.round(burst)) + largest + (perSecond + 0.001) * elapsed / 1e9;
      assertThat((double) taken).isLessThanOrEqualTo(most + 1);
    }
  }

  /**
   * The time that is told is the true one: two nanoseconds before it is refused, then it is taken.
   */
  @Property
  void theWaitThatIsToldIsTheTrueOne(
      @ForAll @DoubleRange(min = 0.01, max = 10_000) double perSecond,
      @ForAll @IntRange(min = 1, max = 50) int burst,
      @ForAll @IntRange(min = 1, max = 200) int amount) {
    FakeTicker ticker = new FakeTicker();
    RateLimit limit = new RateLimit(perSecond, burst, ticker);
    assertThat(limit.take(burst)).isZero();
    long wait = limit.take(amount);
    assertThat(wait).isPositive();
    ticker.advance(Duration.ofNanos(wait - 2));
    assertThat(limit.take(amount)).isBetween(1L, 2L);
    ticker.advance(Duration.ofNanos(2));
    assertThat(limit.take(amount)).isZero();
  }

  /** Each waits for as long as it is told, and no time is lost. */
  @Property(tries = 100)
  void whoeverWaitsAsToldGetsTheWholeRate(
      @ForAll @DoubleRange(min = 0.01, max = 1_000) double perSecond) {
    FakeTicker ticker = new FakeTicker();
    RateLimit limit = new RateLimit(perSecond, 1, ticker);
    assertThat(limit.take(1)).isZero();
    long began = ticker.nanos();
    for (int i = 0; i < 100; i++) {
      ticker.advance(Duration.ofNanos(limit.take(1)));
      assertThat(limit.take(1)).isZero();
    }
    double seconds = (ticker.nanos() - began) / 1e9;
    assertThat(100 / seconds).isBetween(perSecond - 0.001, perSecond + 0.001);
  }

  @Property(tries = 50)
  void anotherRateCountsAtOnceAndKeepsWhatIsThere(
      @ForAll @IntRange(min = 2, max = 100) int before,
      @ForAll @IntRange(min = 2, max = 100) int after) {
    FakeTicker ticker = new FakeTicker();
    RateLimit limit = new RateLimit(before, before, ticker);
    assertThat(limit.take(before)).isZero();
    limit.change(after, after);
    assertThat(limit.take(1)).isPositive();
    ticker.advance(Duration.ofSeconds(1));
    assertThat(limit.take(after)).isZero();
    assertThat(limit.take(1)).isPositive();
  }

  @Property(tries = 50)
  void whatIsGivenBackCanBeTaken(@ForAll @IntRange(min = 1, max = 100) int burst) {
    RateLimit limit = new RateLimit(0.01, burst, new FakeTicker());
    assertThat(limit.take(burst)).isZero();
    limit.giveBack(burst);
    assertThat(limit.take(burst)).isZero();
    assertThat(limit.take(1)).isPositive();
  }
}
