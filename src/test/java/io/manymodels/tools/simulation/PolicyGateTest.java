package io.manymodels.tools.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The policy that runs in production against the bars that it must clear on seeded traces. Each bar
 * names the failure that it catches; figures as measured stand in bench/RESULTS.md.
 */
class PolicyGateTest {
  private static final Workload WORKLOAD = new Workload(1_000, 100_000, 1_000, 7);
  private static final Places PLACES = new Places(10, 20);

  private static Outcome replay(String policy, Trace trace) {
    return Policies.named(policy).orElseThrow().replay(trace, PLACES);
  }

  private static Trace trace(String name) {
    return Generator.named(name).get(0).make().apply(WORKLOAD);
  }

  /**
   * Against LRU: admission that lets everybody in, or eviction that keeps the wrong ones. Against
   * the best fixed set: counts that forget too soon, or decay that never lets go.
   */
  @ParameterizedTest(name = "{0}: {1} over LRU, {2} of the best fixed set")
  @CsvSource({
    "zipf:0.6, 0.11, 0.97",
    "zipf:0.8, 0.10, 0.98",
    "zipf:1.0, 0.07, 0.985",
    "zipf:1.2, 0.04, 0.985",
    "scan, 0.09, 0.97",
    "loop, 0.19, 0.99",
    "shift, 0.02, 1.04",
    "burst, 0.07, 0.98"
  })
  void clearsItsBar(String name, double overLru, double ofStatic) {
    Trace trace = trace(name);
    double ours = replay("ours", trace).hitRatio();
    assertThat(ours - replay("lru", trace).hitRatio()).isGreaterThanOrEqualTo(overLru);
    assertThat(ours / replay("static", trace).hitRatio()).isGreaterThanOrEqualTo(ofStatic);
  }

  /** Without hysteresis tenants of nearly equal worth change places for ever. */
  @ParameterizedTest
  @CsvSource({"zipf:0.6", "zipf:0.8", "zipf:1.0", "zipf:1.2", "scan", "loop", "burst"})
  void movesHardlyAnybodyOnceItHasLearnt(String name) {
    assertThat(replay("ours", trace(name)).steadyPromotionRatio()).isLessThan(0.008);
  }

  /** A policy that cannot tell the traces apart would pass the bars of some and fail here. */
  @Test
  void comesNearerToTheOptimumThanWhatLibrariesHave() {
    List<Double> ours = new ArrayList<>();
    List<Double> tiny = new ArrayList<>();
    for (Generator generator : Generator.named("all")) {
      Trace trace = generator.make().apply(WORKLOAD);
      double optimum = replay("belady", trace).hitRatio();
      ours.add(replay("ours", trace).hitRatio() / optimum);
      tiny.add(replay("w-tinylfu", trace).hitRatio() / optimum);
    }
    double mean = ours.stream().mapToDouble(d -> d).average().orElse(0);
    assertThat(mean).isGreaterThan(0.89);
    assertThat(mean).isGreaterThan(0.015 + tiny.stream().mapToDouble(d -> d).average().orElse(1));
  }

  /** Where nobody forgets, LFU keeps the tenants of the day through the night. */
  @Test
  void followsTheDayWhereLfuDoesNot() {
    Trace trace = trace("shift");
    assertThat(replay("ours", trace).hitRatio())
        .isGreaterThan(0.04 + replay("lfu", trace).hitRatio());
  }

  /** A rate that is counted in seconds must hold for one request a second as for thousands. */
  @ParameterizedTest
  @CsvSource({"20", "5000"})
  void isAsGoodAtEveryPaceOfTraffic(int requestsPerSecond) {
    Workload paced = new Workload(1_000, 60_000, requestsPerSecond, 3);
    Trace zipf = Traces.zipf(1.0, paced);
    Trace shift = Traces.shift(paced);
    assertThat(replay("ours", zipf).hitRatio() - replay("lru", zipf).hitRatio())
        .isGreaterThan(0.05);
    assertThat(replay("ours", shift).hitRatio()).isGreaterThan(replay("lru", shift).hitRatio());
  }
}
