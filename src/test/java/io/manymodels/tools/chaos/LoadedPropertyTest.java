package io.manymodels.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.tools.chaos.Event.Ended;
import io.manymodels.tools.chaos.Event.FaultBegan;
import io.manymodels.tools.chaos.Event.Outcome;
import io.manymodels.tools.chaos.Event.Started;
import io.manymodels.tools.chaos.Verdict.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Failures of loaded models are counted for the faults that they met, whatever explains them.
 * Tenants 1 and 2 ask ten times a second; 3 and 4, whose models need not be loaded, once in two
 * seconds.
 */
class LoadedPropertyTest {
  private static final long MILLI = 1_000_000;
  private static final long LENGTH_MILLIS = 20_000;
  private static final String AWAY = "store-unavailable";
  private static final int LAST_REGULAR = 2;

  private static List<Event> events() {
    return List.of(
        new Started(0, "start", 1, Map.of()),
        fault(4_000, "one", "away"),
        new Ended(7_000 * MILLI, "one", Outcome.DONE),
        fault(10_000, "two", "away"),
        fault(11_000, "slow", "slow"),
        new Ended(12_000 * MILLI, "two", Outcome.DONE),
        new Ended(13_000 * MILLI, "slow", Outcome.DONE));
  }

  private static FaultBegan fault(long millis, String id, String name) {
    return new FaultBegan(millis * MILLI, id, name, Set.of(AWAY), Set.of(), Set.of());
  }

  /** Everybody is answered right. */
  private static List<ScoreExchange> right(long seed) {
    Random random = new Random(seed);
    List<ScoreExchange> exchanges = new ArrayList<>();
    for (int tenant = 1; tenant <= 4; tenant++) {
      long step = tenant <= LAST_REGULAR ? 100 : 2_000;
      for (long due = random.nextInt((int) step); due < LENGTH_MILLIS; due += step) {
        long answered = due + 1 + random.nextInt(50);
        exchanges.add(
            Histories.answered(
                due * MILLI, due * MILLI, answered * MILLI, tenant, Histories.OVERFLOW, 1));
      }
    }
    return exchanges;
  }

  private static ScoreExchange failed(int tenant, long dueMillis) {
    long due = dueMillis * MILLI;
    return Histories.failed(due, due, due + MILLI, tenant, AWAY);
  }

  private static Verdict judge(List<ScoreExchange> exchanges) {
    return new Judge(Histories.OVERFLOW).judge(History.of(events(), exchanges));
  }

  private static Verdict judge(long seed, ScoreExchange planted) {
    List<ScoreExchange> exchanges = right(seed);
    exchanges.add(exchanges.size() / 2, planted);
    return judge(exchanges);
  }

  @Property(tries = 50)
  void nobodyFailsInARightHistory(@ForAll long seed) {
    Verdict verdict = judge(right(seed));

    SortedMap<String, Summary> faults = verdict.whole().faults();
    assertThat(verdict.right()).isTrue();
    assertThat(faults.values()).extracting(Summary::loadedFailed).containsOnly(0L);
    assertThat(faults.get("away").loaded()).isBetween(100L, 104L);
    assertThat(faults.get("slow").loaded()).isBetween(40L, 42L);
    assertThat(faults.get("slow").judged()).isGreaterThan(faults.get("slow").loaded());
  }

  @Property(tries = 50)
  void aFailureOfWhoAsksAllTheTimeIsOneOfALoadedModel(
      @ForAll long seed, @ForAll @IntRange(min = 4_000, max = 6_998) int millis) {
    Verdict verdict = judge(seed, failed(1 + (int) Math.floorMod(seed, 2L), millis));

    assertThat(verdict.right()).isTrue();
    assertThat(verdict.whole().all().loadedFailed()).isEqualTo(1);
    assertThat(verdict.whole().calm().loadedFailed()).isZero();
    assertThat(verdict.whole().faults().get("away").loadedFailed()).isEqualTo(1);
    assertThat(verdict.whole().faults().get("slow").loadedFailed()).isZero();
  }

  @Property(tries = 50)
  void aFailureDuringTwoFaultsCountsForBoth(
      @ForAll long seed, @ForAll @IntRange(min = 11_000, max = 11_999) int millis) {
    Verdict verdict = judge(seed, failed(1, millis));

    assertThat(verdict.whole().all().loadedFailed()).isEqualTo(1);
    assertThat(verdict.whole().faults().values())
        .extracting(Summary::loadedFailed)
        .containsExactly(1L, 1L);
  }

  @Property(tries = 50)
  void aFailureOfWhoSeldomAsksIsNone(
      @ForAll long seed, @ForAll @IntRange(min = 4_000, max = 6_998) int millis) {
    Verdict verdict = judge(seed, failed(3, millis));

    Summary away = verdict.whole().faults().get("away");
    assertThat(away.judged() - away.succeeded()).isEqualTo(1);
    assertThat(away.loadedFailed()).isZero();
    assertThat(verdict.whole().all().loadedFailed()).isZero();
  }

  @Property(tries = 50)
  void whomTheFaultSinglesOutDoesNotCount(
      @ForAll long seed, @ForAll @IntRange(min = 15_000, max = 15_900) int millis) {
    List<Event> events = new ArrayList<>(events());
    events.add(new FaultBegan(15_000 * MILLI, "p", "poison", Set.of(AWAY), Set.of(1), Set.of()));
    events.add(new Ended(16_000 * MILLI, "p", Outcome.DONE));
    List<ScoreExchange> exchanges = right(seed);
    exchanges.add(failed(1, millis));

    Verdict verdict = new Judge(Histories.OVERFLOW).judge(History.of(events, exchanges));

    assertThat(verdict.right()).isTrue();
    assertThat(verdict.whole().faults().get("poison").loaded()).isBetween(10L, 11L);
    assertThat(verdict.whole().all().loadedFailed()).isZero();
  }
}
