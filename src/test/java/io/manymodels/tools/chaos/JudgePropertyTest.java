package io.manymodels.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.manymodels.tools.chaos.Event.Ended;
import io.manymodels.tools.chaos.Event.FaultBegan;
import io.manymodels.tools.chaos.Event.Outcome;
import io.manymodels.tools.chaos.Event.PinsAsked;
import io.manymodels.tools.chaos.Event.PinsSeen;
import io.manymodels.tools.chaos.Event.PoolBegan;
import io.manymodels.tools.chaos.Event.Started;
import io.manymodels.tools.chaos.Event.SwitchBegan;
import io.manymodels.tools.chaos.ScoreExchange.Answer;
import io.manymodels.tools.fleet.FleetKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * The judge says nothing against right histories, and finds the one error that is planted into
 * them, by its rule, whatever else happens there.
 */
class JudgePropertyTest {
  private static final long LATE = 100_000;
  private final Judge judge = new Judge(Histories.OVERFLOW);

  /** An error, planted after all else so that nothing that goes on excuses it. */
  private static ScoreExchange plant(int tenant, Answer answer) {
    return new ScoreExchange(
        LATE + 500, LATE + 500, LATE + 600, tenant, 0, 0, 200, ScoreExchange.NO_PROBLEM, answer);
  }

  /** Confirmed at the end of the history: everybody unpinned but tenant 1, all in version 77. */
  private static List<Event> settled() {
    List<Event> events = new ArrayList<>();
    for (int tenant = 1; tenant <= Histories.TENANTS; tenant++) {
      events.add(new SwitchBegan(LATE, "late " + tenant, tenant, 77));
      events.add(new Ended(LATE + 10, "late " + tenant, Outcome.DONE));
    }
    events.add(new PoolBegan(LATE + 20, "late pool", Map.of(1, "Deployment1")));
    events.add(new Ended(LATE + 30, "late pool", Outcome.DONE));
    return events;
  }

  private static Answer right(int tenant, String deployment, int version) {
    return new Answer(deployment, tenant, version, FleetKind.answer(tenant, version));
  }

  private void finds(Rule rule, long seed, ScoreExchange planted, List<Event> more) {
    History history = Histories.with(Histories.right(seed), planted, more);

    Verdict verdict = judge.judge(history);

    assertThat(verdict.broken()).containsExactly(Map.entry(rule.wireName(), 1L));
    assertThat(verdict.findings()).hasSize(1);
    assertThat(verdict.findings().get(0).exchange()).isEqualTo(planted);
    assertThat(verdict.right()).isFalse();
  }

  @Property(tries = 300)
  void aRightHistoryBreaksNoRule(@ForAll long seed) {
    Verdict verdict = judge.judge(Histories.right(seed));

    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict.right()).isTrue();
    assertThat(verdict.whole().all().requests()).isEqualTo(400);
  }

  @Property(tries = 50)
  void noErrorIsFoundInARightAnswerAtTheEnd(@ForAll long seed) {
    ScoreExchange planted = plant(1, right(1, "Deployment1", 77));

    assertThat(judge.judge(Histories.with(Histories.right(seed), planted, settled())).findings())
        .isEmpty();
  }

  @Property(tries = 50)
  void whileSomethingStandsStillDeploymentxMayAnswer(@ForAll long seed) {
    long second = 1_000_000_000;
    ScoreExchange slow =
        new ScoreExchange(
            LATE + 100,
            LATE + 100,
            LATE + 100 + second,
            2,
            0,
            0,
            200,
            ScoreExchange.NO_PROBLEM,
            right(2, Histories.OVERFLOW, 77));
    ScoreExchange elsewhere = plant(1, right(1, Histories.OVERFLOW, 77));
    History calm = Histories.with(Histories.right(seed), elsewhere, settled());
    assertThat(judge.judge(calm).broken())
        .containsExactly(Map.entry(Rule.WHERE_PINNED.wireName(), 1L));
    assertThat(judge.judge(Histories.with(calm, slow, List.of())).findings()).isEmpty();
    long later = LATE + 4 * second;
    ScoreExchange after =
        new ScoreExchange(
            later, later, later + 9, 1, 0, 0, 200, "", right(1, Histories.OVERFLOW, 77));
    assertThat(
            judge
                .judge(Histories.with(Histories.with(calm, slow, List.of()), after, List.of()))
                .broken())
        .containsExactly(Map.entry(Rule.WHERE_PINNED.wireName(), 1L));
  }

  @Property(tries = 50)
  void theAnswerOfAnotherTenant(@ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int tenant) {
    int other = 1 + tenant % Histories.TENANTS;
    finds(Rule.OWN_TENANT, seed, plant(tenant, right(other, Histories.OVERFLOW, 77)), settled());
  }

  @Property(tries = 50)
  void thePredictionOfAnotherTenantUnderTheRightName(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int tenant) {
    Answer answer =
        new Answer(Histories.OVERFLOW, tenant, 77, FleetKind.answer(1 + tenant % 6, 77));
    finds(Rule.OWN_PREDICTION, seed, plant(tenant, answer), settled());
  }

  @Property(tries = 50)
  void thePredictionOfAnotherVersionThanTheAnswerNames(@ForAll long seed) {
    Answer answer = new Answer(Histories.OVERFLOW, 2, 77, FleetKind.answer(2, 76));
    finds(Rule.OWN_PREDICTION, seed, plant(2, answer), settled());
  }

  @Property(tries = 50)
  void aVersionThatWasNeverLive(@ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int tenant) {
    finds(Rule.LIVE_VERSION, seed, plant(tenant, right(tenant, Histories.OVERFLOW, 78)), settled());
  }

  @Property(tries = 50)
  void aVersionBeforeItsSwitchBegan(@ForAll long seed) {
    List<Event> more = settled();
    more.add(new SwitchBegan(LATE + 601, "too late", 2, 78));
    finds(Rule.LIVE_VERSION, seed, plant(2, right(2, Histories.OVERFLOW, 78)), more);
  }

  @Property(tries = 50)
  void aVersionThatWasRefused(@ForAll long seed) {
    List<Event> more = settled();
    more.add(new SwitchBegan(LATE + 100, "refused", 2, 78));
    more.add(new Ended(LATE + 110, "refused", Outcome.REFUSED));
    finds(Rule.LIVE_VERSION, seed, plant(2, right(2, Histories.OVERFLOW, 78)), more);
  }

  @Property(tries = 50)
  void aVersionOlderThanTheOneConfirmed(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int tenant) {
    finds(Rule.NOT_STALE, seed, plant(tenant, right(tenant, Histories.OVERFLOW, 1)), settled());
  }

  @Property(tries = 50)
  void aVersionFromBeforeARollbackThatWasConfirmed(@ForAll long seed) {
    List<Event> more = settled();
    more.add(new SwitchBegan(LATE + 100, "rollback", 2, 1));
    more.add(new Ended(LATE + 110, "rollback", Outcome.DONE));
    finds(Rule.NOT_STALE, seed, plant(2, right(2, Histories.OVERFLOW, 77)), more);
  }

  @Property(tries = 50)
  void aPinnedTenantAtAnotherHotDeployment(@ForAll long seed) {
    finds(Rule.WHERE_PINNED, seed, plant(1, right(1, "Deployment2", 77)), settled());
  }

  @Property(tries = 50)
  void aPinnedTenantAtDeploymentxWhileNothingIsBroken(@ForAll long seed) {
    finds(Rule.WHERE_PINNED, seed, plant(1, right(1, Histories.OVERFLOW, 77)), settled());
  }

  @Property(tries = 50)
  void aPinnedTenantAtDeploymentxWhileAnotherDeploymentIsBroken(@ForAll long seed) {
    List<Event> more = settled();
    more.add(
        new FaultBegan(LATE + 400, "other", "kill", Set.of(), Set.of(), Set.of("Deployment2")));
    finds(Rule.WHERE_PINNED, seed, plant(1, right(1, Histories.OVERFLOW, 77)), more);
  }

  @Property(tries = 50)
  void aPinnedTenantAtAnotherHotDeploymentWhileItsOwnIsBroken(@ForAll long seed) {
    List<Event> more = settled();
    more.add(new FaultBegan(LATE + 400, "own", "kill", Set.of(), Set.of(), Set.of("Deployment1")));
    finds(Rule.WHERE_PINNED, seed, plant(1, right(1, "Deployment2", 77)), more);
  }

  @Property(tries = 50)
  void aFailureWithoutAFault(@ForAll long seed) {
    ScoreExchange failed = Histories.failed(LATE + 500, LATE + 500, LATE + 600, 2, Histories.LOST);
    finds(Rule.EXPLAINED, seed, failed, settled());
  }

  @Property(tries = 50)
  void aFailureThatTheFaultDoesNotExplain(@ForAll long seed) {
    List<Event> more = settled();
    more.add(new FaultBegan(LATE + 400, "f", "kill", Set.of(Histories.LOST), Set.of(), Set.of()));
    ScoreExchange failed = Histories.failed(LATE + 500, LATE + 500, LATE + 600, 2, "internal");
    finds(Rule.EXPLAINED, seed, failed, more);
  }

  @Property(tries = 50)
  void aFailureOfATenantWhomTheFaultDoesNotConcern(@ForAll long seed) {
    List<Event> more = settled();
    more.add(new FaultBegan(LATE + 400, "f", "poison", Set.of("load-failed"), Set.of(3), Set.of()));
    ScoreExchange failed = Histories.failed(LATE + 500, LATE + 500, LATE + 600, 2, "load-failed");
    finds(Rule.EXPLAINED, seed, failed, more);
  }

  @Property(tries = 50)
  void aFailureAfterTheFaultHasEnded(@ForAll long seed) {
    List<Event> more = settled();
    more.add(new FaultBegan(LATE + 100, "f", "kill", Set.of(Histories.LOST), Set.of(), Set.of()));
    more.add(new Ended(LATE + 499, "f", Outcome.DONE));
    ScoreExchange failed = Histories.failed(LATE + 500, LATE + 500, LATE + 600, 2, Histories.LOST);
    finds(Rule.EXPLAINED, seed, failed, more);
  }

  private static List<Event> sight(long asked, long seen, Map<Integer, String> pool) {
    List<Event> more = settled();
    more.add(new PinsAsked(asked, "pins"));
    more.add(new PinsSeen(seen, "pins", pool));
    return more;
  }

  private Verdict judge(long seed, List<Event> more) {
    return judge.judge(
        Histories.with(Histories.right(seed), plant(1, right(1, "Deployment1", 77)), more));
  }

  @Property(tries = 50)
  void whoIsToldOfThePinsThatWereConfirmedIsToldRight(@ForAll long seed) {
    Verdict verdict = judge(seed, sight(LATE + 200, LATE + 300, Map.of(1, "Deployment1")));

    assertThat(verdict.right()).isTrue();
    assertThat(verdict.pins().asked()).isEqualTo(1);
  }

  @Property(tries = 50)
  void aPinThatWasLost(@ForAll long seed) {
    Verdict verdict = judge(seed, sight(LATE + 200, LATE + 300, Map.of()));

    assertThat(verdict.broken()).containsExactly(Map.entry(Rule.NO_LOST_PIN.wireName(), 1L));
    assertThat(verdict.pins().wrong()).hasSize(1);
  }

  @Property(tries = 50)
  void whileAPoolIsChangedBothAreRight(@ForAll long seed) {
    List<Event> more = sight(LATE + 200, LATE + 300, Map.of(2, "Deployment2"));
    more.add(new PoolBegan(LATE + 250, "under way", Map.of(2, "Deployment2")));

    assertThat(judge(seed, more).right()).isTrue();
    assertThat(judge(seed, sight(LATE + 200, LATE + 300, Map.of(2, "Deployment2"))).right())
        .isFalse();
  }

  @Example
  void anErrorAmongOthersIsFoundToo() {
    ScoreExchange stale = plant(2, right(2, Histories.OVERFLOW, 1));
    ScoreExchange foreign = plant(2, right(3, Histories.OVERFLOW, 77));
    History one = Histories.with(Histories.right(7), stale, settled());

    Verdict verdict = judge.judge(Histories.with(one, foreign, List.of()));

    assertThat(verdict.broken()).containsOnlyKeys("own-tenant", "not-stale");
  }

  @Example
  void whatIsNoHistoryIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> judge.judge(History.of(List.of(), List.of())));
    Event start = new Started(0, "start", 1, Map.of());
    Event end = new Ended(1, "never begun", Outcome.DONE);
    assertThrows(
        IllegalArgumentException.class,
        () -> judge.judge(History.of(List.of(start, end), List.of())));
    assertThrows(
        IllegalArgumentException.class,
        () -> judge.judge(History.of(List.of(start, start), List.of())));
  }

  @Property(tries = 20)
  void aHistoryIsTheSameAfterItWasInAFile(@ForAll long seed) throws Exception {
    History history = Histories.right(seed);
    Path folder = Files.createTempDirectory("history");
    try (HistoryFile file = HistoryFile.create(folder)) {
      history.events().forEach(file::add);
      history.forEach(file::add);
    }

    History read = HistoryFile.read(folder);

    assertThat(read.events()).isEqualTo(history.events());
    assertThat(Histories.exchanges(read)).isEqualTo(Histories.exchanges(history));
    for (String name : List.of("exchanges", "names", "events")) {
      Files.delete(folder.resolve(name));
    }
    Files.delete(folder);
  }
}
