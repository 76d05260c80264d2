package io.manymodels.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.manymodels.tools.chaos.Event.Ended;
import io.manymodels.tools.chaos.Event.FaultBegan;
import io.manymodels.tools.chaos.Event.Outcome;
import io.manymodels.tools.chaos.Event.Started;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GapsTest {
  private static final long MILLI = 1_000_000;

  /** Tenant 1 asks every 100 ms for 10 s, and is not answered right from 3 s to 4.5 s. */
  private static List<ScoreExchange> oneOutage() {
    List<ScoreExchange> exchanges = new ArrayList<>();
    for (long due = 0; due < 10_000; due += 100) {
      boolean out = due >= 3_000 && due < 4_500;
      long answered = due + 10;
      exchanges.add(
          out
              ? Histories.failed(due * MILLI, due * MILLI, answered * MILLI, 1, Histories.LOST)
              : Histories.answered(
                  due * MILLI, due * MILLI, answered * MILLI, 1, "Deploymentx", 1));
    }
    return exchanges;
  }

  @Test
  void theLongestGapLastsFromTheFirstFailureToTheNextRightAnswer() {
    Event start = new Started(0, "start", 1, Map.of());
    Event fault =
        new FaultBegan(2_900 * MILLI, "f", "kill", Set.of(Histories.LOST), Set.of(), Set.of());
    Event end = new Ended(5_000 * MILLI, "f", Outcome.DONE);

    Verdict verdict =
        new Judge("Deploymentx").judge(History.of(List.of(start, fault, end), oneOutage()));

    assertThat(verdict.right()).isTrue();
    assertThat(verdict.whole().all().longestGapMillis()).isCloseTo(1_510, within(1e-6));
    assertThat(verdict.whole().all().gapTenant()).isEqualTo(1);
    Verdict.Summary killed = verdict.whole().faults().get("kill");
    assertThat(killed.longestGapMillis()).isCloseTo(1_510, within(1e-6));
    assertThat(killed.judged() - killed.succeeded()).isEqualTo(15);
    assertThat(killed.problems()).containsExactly(Map.entry(Histories.LOST, 15L));
    assertThat(verdict.whole().all().p50Millis()).isCloseTo(10, within(0.4));
  }

  @Test
  void aRequestThatHasToWaitIsAGapToo() {
    List<ScoreExchange> exchanges = oneOutage();
    exchanges.add(
        Histories.answered(9_990 * MILLI, 9_990 * MILLI, 13_000 * MILLI, 1, "Deploymentx", 1));
    Gaps gaps = new Gaps(0);
    exchanges.forEach(e -> gaps.add(e.tenant(), e.dueNanos(), e.answeredNanos(), e.ok()));
    long[] longest = {0};
    gaps.forEach(gap -> longest[0] = Math.max(longest[0], gap.nanos()));

    assertThat(longest[0]).isEqualTo(3_010 * MILLI);
  }

  @Test
  void whoSeldomAsksHasNoGaps() {
    Gaps gaps = new Gaps(4);
    oneOutage().forEach(e -> gaps.add(e.tenant(), e.dueNanos(), e.answeredNanos(), true));
    gaps.add(2, 0, 10, false);
    List<Integer> tenants = new ArrayList<>();
    gaps.forEach(gap -> tenants.add(gap.tenant()));

    assertThat(tenants).containsOnly(1);
  }

  @Test
  void quantilesAreWithinAThirtySecondPart() {
    Latencies latencies = new Latencies();
    for (int i = 1; i <= 10_000; i++) {
      latencies.record(i * 1_000L);
    }

    assertThat(latencies.quantileNanos(0.5)).isBetween(5_000_000.0, 5_000_000 * 33 / 32.0);
    assertThat(latencies.quantileNanos(0.99)).isBetween(9_900_000.0, 9_900_000 * 33 / 32.0);
    assertThat(new Latencies().quantileNanos(0.5)).isZero();
  }
}
