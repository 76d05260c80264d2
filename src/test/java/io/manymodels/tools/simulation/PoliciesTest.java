package io.manymodels.tools.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.testing.Tenants;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Each policy against one that is written as it is defined, however slow. */
class PoliciesTest {
  private static final int TENANTS = 6;

  @Property
  void lruKeepsTheLatest(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = TENANTS - 1) Integer> asked,
      @ForAll @IntRange(min = 1, max = 7) int places) {
    List<Integer> latestLast = new ArrayList<>();
    Expected expected = new Expected(asked.size());
    for (int tenant : asked) {
      boolean hit = latestLast.remove((Integer) tenant);
      expected.request(hit);
      if (!hit && latestLast.size() == places) {
        latestLast.remove(0);
        expected.evictions++;
      }
      latestLast.add(tenant);
    }
    expected.assertEqualTo(replay("lru", asked, places));
  }

  @Property
  void lfuKeepsThoseWithTheHighestCounts(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = TENANTS - 1) Integer> asked,
      @ForAll @IntRange(min = 1, max = 7) int places) {
    Set<Integer> placed = new HashSet<>();
    Expected expected = new Expected(asked.size());
    for (int i = 0; i < asked.size(); i++) {
      List<Integer> before = asked.subList(0, i + 1);
      int tenant = asked.get(i);
      boolean hit = placed.contains(tenant);
      if (!hit && placed.size() == places) {
        int victim =
            Collections.min(
                placed,
                Comparator.<Integer>comparingInt(t -> Collections.frequency(before, t))
                    .thenComparingInt(before::lastIndexOf));
        if (Collections.frequency(before, victim) >= Collections.frequency(before, tenant)) {
          expected.bypass();
          continue;
        }
        placed.remove(victim);
        expected.evictions++;
      }
      expected.request(hit);
      placed.add(tenant);
    }
    expected.assertEqualTo(replay("lfu", asked, places));
  }

  @Property
  void beladyHasTheMostHitsOfAllWaysToDecide(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(max = 4) Integer> asked,
      @ForAll @IntRange(min = 1, max = 3) int places) {
    Outcome outcome = replay("belady", asked, places);
    assertThat(outcome.hits()).isEqualTo(mostHits(asked, 0, Set.of(), places));
  }

  @Property
  void beladySendsAwayWhoComesLast(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = TENANTS - 1) Integer> asked,
      @ForAll @IntRange(min = 1, max = 7) int places) {
    Set<Integer> placed = new HashSet<>();
    Expected expected = new Expected(asked.size());
    for (int i = 0; i < asked.size(); i++) {
      List<Integer> future = asked.subList(i + 1, asked.size());
      int tenant = asked.get(i);
      boolean hit = placed.contains(tenant);
      if (!hit && placed.size() == places) {
        int last = Collections.max(placed, Comparator.comparingInt(t -> nextUse(future, t)));
        if (nextUse(future, tenant) >= nextUse(future, last)) {
          expected.bypass();
          continue;
        }
        placed.remove(last);
        expected.evictions++;
      }
      expected.request(hit);
      placed.add(tenant);
    }
    expected.assertEqualTo(replay("belady", asked, places));
  }

  @Property
  void staticHasTheMostHitsOfAllFixedSets(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(max = TENANTS - 1) Integer> asked,
      @ForAll @IntRange(min = 1, max = 7) int places) {
    long best = 0;
    for (int set = 0; set < 1 << TENANTS; set++) {
      int chosen = set;
      if (Integer.bitCount(set) <= places) {
        best = Math.max(best, asked.stream().filter(t -> (chosen >> t & 1) == 1).count());
      }
    }
    Outcome outcome = replay("static", asked, places);
    assertThat(outcome.hits()).isEqualTo(best);
    assertThat(outcome.promotions()).isEqualTo(Math.min(places, asked.stream().distinct().count()));
    assertThat(outcome.evictions() + outcome.steadyPromotions()).isZero();
  }

  @Property
  void noPolicyHoldsMoreThanItHasRoomForOrBeatsBelady(
      @ForAll @Size(min = 1, max = 80) List<@IntRange(max = TENANTS - 1) Integer> asked,
      @ForAll @IntRange(min = 1, max = 7) int places) {
    long bound = replay("belady", asked, places).hits();
    for (String name : Policies.compared()) {
      Outcome outcome = replay(name, asked, places);
      assertThat(outcome.policy()).isEqualTo(name);
      assertThat(outcome.requests()).isEqualTo(asked.size());
      assertThat(outcome.hits()).isBetween(0L, bound);
      assertThat(outcome.promotions() - outcome.evictions())
          .isBetween(name.equals("ours") ? 0L : 1L, (long) places);
      assertThat(outcome.promotions()).isLessThanOrEqualTo(asked.size() - outcome.hits());
      assertThat(outcome.steadyPromotions()).isLessThanOrEqualTo(outcome.steadyRequests());
    }
  }

  @Property
  void whereAllFitEveryPolicyMissesOnlyTheFirstRequests(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = TENANTS - 1) Integer> asked) {
    long distinct = asked.stream().distinct().count();
    for (String name : List.of("lru", "lfu", "w-tinylfu", "belady")) {
      Outcome outcome = replay(name, asked, TENANTS);
      assertThat(outcome.hits()).isEqualTo(asked.size() - distinct);
      assertThat(outcome.promotions()).isEqualTo(distinct);
      assertThat(outcome.evictions()).isZero();
    }
  }

  @Test
  void onAWholeTraceTheyStandInTheKnownOrder() {
    Trace trace = Traces.zipf(1.0, Workload.DEFAULT);
    Places places = new Places(10, 10);
    double lru = hitRatio("lru", trace, places);
    double tiny = hitRatio("w-tinylfu", trace, places);
    double lfu = hitRatio("lfu", trace, places);
    assertThat(lru + 0.05).as("W-TinyLFU is well above LRU").isLessThan(tiny);
    assertThat(tiny).as("without change perfect LFU is best").isLessThan(lfu);
    assertThat(lfu).isLessThan(hitRatio("static", trace, places));
    assertThat(hitRatio("static", trace, places)).isLessThan(hitRatio("belady", trace, places));
    assertThat(hitRatio("lru", Traces.loop(Workload.DEFAULT), places)).isZero();
  }

  @Test
  void everyReplayOfATraceHasTheSameOutcome() {
    Trace trace = Traces.zipf(1.0, new Workload(500, 60_000, 1_000, 1));
    for (String name : Policies.names()) {
      SimulatedPolicy policy = Policies.named(name).orElseThrow();
      Outcome first = policy.replay(trace, new Places(3, 10));
      assertThat(policy.replay(trace, new Places(3, 10))).isEqualTo(first);
      if (!name.equals("ours")) { // It fills deployments evenly, and so knows of several.
        assertThat(policy.replay(trace, new Places(1, 30))).isEqualTo(first);
      }
    }
  }

  @Test
  void steadyIsTheSecondHalf() {
    Outcome outcome = replay("lru", List.of(0, 1, 2, 3, 4), 1);
    assertThat(outcome.steadyRequests()).isEqualTo(3);
    assertThat(outcome.steadyPromotions()).isEqualTo(3);
    assertThat(outcome.steadyPromotionRatio()).isEqualTo(1);
    assertThat(outcome.loadSeconds(200)).isEqualTo(1);
    assertThat(replay("lru", List.of(0, 1, 0, 0), 2).steadyPromotions()).isZero();
  }

  @Test
  void placesAreAtLeastOneAndAnInt() {
    assertThat(new Places(10, 3).total()).isEqualTo(30);
    assertThatThrownBy(() -> new Places(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Places(1, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(new Places(Places.MAX_DEPLOYMENTS, 1).total()).isEqualTo(Places.MAX_DEPLOYMENTS);
    assertThatThrownBy(() -> new Places(Places.MAX_DEPLOYMENTS + 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Places(Places.MAX_DEPLOYMENTS, 1 << 20))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Tries every way to place on a miss: take a free place, bypass, or send anybody away. */
  private static int mostHits(List<Integer> asked, int at, Set<Integer> placed, int places) {
    if (at == asked.size()) {
      return 0;
    }
    int tenant = asked.get(at);
    if (placed.contains(tenant)) {
      return 1 + mostHits(asked, at + 1, placed, places);
    }
    int most = mostHits(asked, at + 1, placed, places);
    if (placed.size() < places) {
      return Math.max(most, mostHits(asked, at + 1, with(placed, tenant), places));
    }
    for (int victim : placed) {
      Set<Integer> rest = new HashSet<>(placed);
      rest.remove(victim);
      most = Math.max(most, mostHits(asked, at + 1, with(rest, tenant), places));
    }
    return most;
  }

  private static Set<Integer> with(Set<Integer> placed, int tenant) {
    Set<Integer> more = new HashSet<>(placed);
    more.add(tenant);
    return more;
  }

  private static int nextUse(List<Integer> future, int tenant) {
    int index = future.indexOf(tenant);
    return index < 0 ? Integer.MAX_VALUE : index;
  }

  private static double hitRatio(String policy, Trace trace, Places places) {
    return Policies.named(policy).orElseThrow().replay(trace, places).hitRatio();
  }

  private static Outcome replay(String policy, List<Integer> asked, int places) {
    int[] tenants = asked.stream().mapToInt(tenant -> tenant).toArray();
    Trace trace = Trace.of("t", new long[tenants.length], tenants, Tenants.firstTo(TENANTS));
    return Policies.named(policy).orElseThrow().replay(trace, new Places(1, places));
  }

  /** A tenant that is not hit is promoted, unless bypassed. */
  private static final class Expected {
    private final int size;
    private int requests;
    private int hits;
    private int promotions;
    private int steadyPromotions;
    private int evictions;

    Expected(int size) {
      this.size = size;
    }

    void request(boolean hit) {
      if (hit) {
        hits++;
      } else {
        promotions++;
        steadyPromotions += requests >= size / 2 ? 1 : 0;
      }
      requests++;
    }

    void bypass() {
      requests++;
    }

    void assertEqualTo(Outcome outcome) {
      Map<String, Long> expected = new LinkedHashMap<>();
      expected.put("requests", (long) requests);
      expected.put("hits", (long) hits);
      expected.put("promotions", (long) promotions);
      expected.put("evictions", (long) evictions);
      expected.put("steady", (long) steadyPromotions);
      Map<String, Long> actual = new LinkedHashMap<>();
      actual.put("requests", outcome.requests());
      actual.put("hits", outcome.hits());
      actual.put("promotions", outcome.promotions());
      actual.put("evictions", outcome.evictions());
      actual.put("steady", outcome.steadyPromotions());
      assertThat(actual).isEqualTo(expected);
    }
  }
}
