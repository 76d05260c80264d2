package io.manymodels.tools.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracesTest {
  private static final Workload WORKLOAD = new Workload(100, 40_000, 500, 7);

  @Test
  void theSameWorkloadMakesTheSameTraceAndAnotherSeedAnother() {
    for (Generator generator : Generator.named("all")) {
      Trace trace = generator.make().apply(WORKLOAD);
      assertThat(trace.name()).isEqualTo(generator.name());
      assertThat(tenants(trace)).isEqualTo(tenants(generator.make().apply(WORKLOAD)));
      int[] other = tenants(generator.make().apply(new Workload(100, 40_000, 500, 8)));
      if (generator.name().equals("loop")) {
        assertThat(other).isEqualTo(tenants(trace));
      } else {
        assertThat(other).isNotEqualTo(tenants(trace));
      }
    }
  }

  @Test
  void allNamesEightTraces() {
    assertThat(Generator.named("all").stream().map(Generator::name))
        .containsExactly(
            "zipf:0.6", "zipf:0.8", "zipf:1.0", "zipf:1.2", "scan", "loop", "shift", "burst");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "zipf", "zipf:", "zipf:x", "zipf:-1", "zipf:11", "zipf:NaN", "Loop"})
  void whatIsNoGeneratorMeansNothing(String name) {
    assertThat(Generator.named(name)).isEmpty();
  }

  @Test
  void requestsAreEvenlySpaced() {
    Trace trace = Traces.loop(WORKLOAD);
    assertThat(trace.millis(0)).isZero();
    assertThat(trace.millis(1)).isEqualTo(2);
    assertThat(trace.millis(39_999)).isEqualTo(79_998);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.6, 1.0, 1.2})
  void zipfHasTheSharesOfItsLaw(double exponent) {
    int[] sorted = sortedCounts(Traces.zipf(exponent, WORKLOAD), 0, WORKLOAD.requests());
    double all = IntStream.rangeClosed(1, 100).mapToDouble(r -> Math.pow(r, -exponent)).sum();
    double ten = IntStream.rangeClosed(1, 10).mapToDouble(r -> Math.pow(r, -exponent)).sum();
    double measured = Arrays.stream(sorted).limit(10).sum() / 40_000.0;
    // The ten largest of 100 random counts are a little more than the ten largest shares.
    assertThat(measured).isCloseTo(ten / all, within(0.015));
    assertThat(sorted[0] / 40_000.0).isCloseTo(1 / all, within(0.01));
  }

  @Test
  void popularityDoesNotFollowTheTenantsNumber() {
    int[] counts = counts(Traces.zipf(1.0, WORKLOAD), 0, WORKLOAD.requests());
    int firstTen = Arrays.stream(counts).limit(10).sum();
    assertThat(firstTen).isLessThan(20_000);
    assertThat(counts[0]).isNotEqualTo(sortedCounts(Traces.zipf(1.0, WORKLOAD), 0, 40_000)[0]);
  }

  @Test
  void halfOfAScanTraceAreTenantsThatComeOnce() {
    Trace trace = Traces.scan(WORKLOAD);
    int[] counts = counts(trace, 0, trace.size());
    assertThat(trace.tenants()).hasSize(100 + 20_000);
    assertThat(Arrays.stream(counts).skip(100)).containsOnly(1);
    int longest = 0;
    int run = 0;
    for (int i = 0; i < trace.size(); i++) {
      run = trace.tenant(i) >= 100 ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    assertThat(longest).isEqualTo(50);
  }

  @Test
  void loopAsksForAllInTurn() {
    int[] tenants = tenants(Traces.loop(new Workload(3, 7, 1, 1)));
    assertThat(tenants).containsExactly(0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void populationsTakeTurns() {
    Trace trace = Traces.shift(WORKLOAD, 3, 6);
    int phase = WORKLOAD.requests() / 6 + 1;
    List<Set<Integer>> seen =
        IntStream.range(0, 6)
            .mapToObj(p -> distinct(trace, p * phase, Math.min(trace.size(), (p + 1) * phase - 6)))
            .toList();
    assertThat(seen.get(0)).isEqualTo(seen.get(3)).doesNotContainAnyElementsOf(seen.get(1));
    assertThat(seen.get(1)).isEqualTo(seen.get(4)).doesNotContainAnyElementsOf(seen.get(2));
    assertThat(seen.get(0).size() + seen.get(1).size() + seen.get(2).size()).isEqualTo(100);
  }

  @Test
  void aBurstIsAColdTenantAHundredTimesAsOften() {
    Workload workload = new Workload(1_000, 400_000, 1_000, 3);
    Trace trace = Traces.burst(workload);
    int eighth = trace.size() / 8;
    for (int burst = 0; burst < 8; burst++) {
      int middle = burst * eighth + eighth / 2;
      int[] calm = counts(trace, burst * eighth, middle);
      int[] bursting = counts(trace, middle, (burst + 1) * eighth);
      int rises =
          (int)
              IntStream.range(0, calm.length)
                  .filter(t -> bursting[t] > 200 && bursting[t] > 25 * calm[t])
                  .count();
      assertThat(rises).as("tenants that rise in burst %d", burst).isEqualTo(1);
    }
  }

  @Property(tries = 200)
  void anyWorkloadMakesATrace(
      @ForAll @IntRange(min = 1, max = 20) int tenants,
      @ForAll @IntRange(min = 1, max = 60) int requests,
      @ForAll long seed) {
    for (Generator generator : Generator.named("all")) {
      Trace trace = generator.make().apply(new Workload(tenants, requests, 3, seed));
      assertThat(trace.size()).isEqualTo(requests);
      for (int i = 0; i < requests; i++) {
        assertThat(trace.tenant(i)).isBetween(0, trace.tenants().size() - 1);
      }
    }
  }

  private static int[] tenants(Trace trace) {
    return IntStream.range(0, trace.size()).map(trace::tenant).toArray();
  }

  private static Set<Integer> distinct(Trace trace, int from, int to) {
    Set<Integer> seen = new HashSet<>();
    IntStream.range(from, to).forEach(i -> seen.add(trace.tenant(i)));
    return seen;
  }

  private static int[] counts(Trace trace, int from, int to) {
    int[] counts = new int[trace.tenants().size()];
    IntStream.range(from, to).forEach(i -> counts[trace.tenant(i)]++);
    return counts;
  }

  /** Largest first. */
  private static int[] sortedCounts(Trace trace, int from, int to) {
    int[] counts = counts(trace, from, to);
    return Arrays.stream(counts).map(count -> -count).sorted().map(count -> -count).toArray();
  }
}
